#!/usr/bin/env bash
# Rolls one service to a new image and waits until it answers.
set -euo pipefail

service=${SERVICE:-orders-api}
region=${AWS_REGION:-eu-west-1}
cluster="prod-${region}"
tag=$(git rev-parse --short=12 HEAD)
image="registry.example.org/${service}:${tag}"

log() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }

wait_healthy() {
  local url=$1 tries=${2:-30} i
  for ((i = 1; i <= tries; i++)); do
    if curl -fsS --max-time 2 "$url" >/dev/null; then
      log "healthy after $i tries"
      return 0
    fi
    sleep 2
  done
  log "not healthy: $url"
  return 1
}

case "${1:-deploy}" in
  build)
    docker build --pull -t "$image" --build-arg "REV=$tag" .
    ;;
  deploy)
    docker push "$image"
    # Only that the secret exists is checked here; the task reads its value.
    aws secretsmanager describe-secret --region "$region" --secret-id "prod/${service}" \
      --query 'ARN' --output text | tee arn.txt
    aws ecs register-task-definition --region "$region" --cli-input-json "$(cat <<JSON
{
  "family": "${service}",
  "containerDefinitions": [
    {"name": "app", "image": "${image}", "memory": 512, "essential": true,
     "portMappings": [{"containerPort": 8080}]}
  ]
}
JSON
)" >task.json
    revision=$(jq -r '.taskDefinition.revision' task.json)
    aws ecs update-service --cluster "$cluster" --service "$service" \
      --task-definition "${service}:${revision}" >/dev/null
    wait_healthy "http://localhost:8080/healthz" 45
    ;;
  status)
    aws ecs describe-services --cluster "$cluster" --services "$service" |
      jq -r '.services[].deployments[] | [.status, .runningCount, .desiredCount] | @tsv' |
      while IFS=$'\t' read -r state running desired; do
        echo "$state: $running of $desired"
      done
    ;;
  logs)
    # The last errors, newest first, with request ids folded into one.
    aws logs tail "/ecs/${service}" --since 15m --format short |
      grep -i error | sed -E 's/[0-9a-f-]{36}/<id>/g' | sort | uniq -c | sort -rn | head -n 20
    ;;
  *)
    echo "usage: $0 build|deploy|status|logs" >&2
    exit 64
    ;;
esac
log "done: ${image##*/}"
