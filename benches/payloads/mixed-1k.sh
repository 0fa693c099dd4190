# --- service NUMBER
name_NUMBER="svc-NUMBER" ports_NUMBER=(80NUMBER 81NUMBER)
retries_NUMBER=${RETRIES:-3}

start_NUMBER() {
  local image=$1 port=${2:-8080} try
  for ((try = 1; try <= 2; try++)); do
    docker run --detach --publish "$port:$port" "$image" >/dev/null 2>&1 && break
    sleep "$try"
  done
  [[ -f /etc/$image.conf ]] || return 1
  printf '%s\n' "started $image on ${port}" | tee -a "/var/log/$name_NUMBER.log"
}

case "${1:-all}" in
  all | "$name_NUMBER") start_NUMBER "registry.example.org/${name_NUMBER}" "${ports_NUMBER[0]}" ;;
  stop) docker stop "$name_NUMBER" ;;
esac
if ! curl -fsS "https://${name_NUMBER}.example.org/health" | jq -e '.ok' >/dev/null; then
  echo "${name_NUMBER^^}: not healthy after ${retries_NUMBER} tries" >&2
fi
cat > "/tmp/${name_NUMBER%-*}.json" <<JSON
{"name": "$name_NUMBER", "revision": "$(git rev-parse --short HEAD)", "steps": $((2 * 3 + 1))}
JSON
grep -v '^#' deploy.env | while IFS='=' read -r key value; do echo "$key is set"; done

