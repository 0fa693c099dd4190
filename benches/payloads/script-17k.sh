#!/usr/bin/env bash
#
# ops: the everyday chores of a small platform team in one script.
#
#   ops build [SERVICE...]      build and test images
#   ops release VERSION         tag, changelog, upload
#   ops backup                  dump databases and rotate old dumps
#   ops migrate [--dry-run]     run pending SQL migrations
#   ops secrets                 report which secrets are due for rotation
#   ops logs [SINCE]            what the gateways saw
#   ops cleanup [--dry-run]     give disk space back
#   ops doctor                  check this machine

set -Eeuo pipefail
shopt -s nullglob

readonly ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly STATE="${XDG_STATE_HOME:-$HOME/.local/state}/ops"
readonly REGION=${AWS_REGION:-eu-west-1}
readonly REGISTRY=registry.example.org/platform
readonly BUCKET="s3://example-artifacts-${REGION}"
SERVICES=(orders billing search gateway notifications)
declare -A PORTS=([orders]=8081 [billing]=8082 [search]=8083 [gateway]=8080 [notifications]=8084)
VERBOSE=0
DRY_RUN=0

# ---------------------------------------------------------------- messages

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' BOLD=$'\e[1m' RESET=$'\e[0m'
else
  RED='' GREEN='' YELLOW='' BOLD='' RESET=''
fi

say()  { printf '%s\n' "${GREEN}==>${RESET} $*" >&2; }
warn() { printf '%s\n' "${YELLOW}warning:${RESET} $*" >&2; }
die()  { printf '%s\n' "${RED}error:${RESET} $*" >&2; exit 1; }
debug() { ((VERBOSE)) && printf '    %s\n' "$*" >&2 || true; }

on_error() {
  local status=$? line=$1
  warn "line $line failed with status $status"
  if [[ -f $STATE/last.log ]]; then
    tail -n 20 "$STATE/last.log" | sed 's/^/    | /' >&2
  fi
  exit "$status"
}
trap 'on_error $LINENO' ERR
trap 'rm -rf "${SCRATCH:-/nonexistent}"' EXIT

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/ops.XXXXXX")
mkdir -p "$STATE"

# ------------------------------------------------------------------ helpers

need() {
  local tool missing=()
  for tool in git jq curl docker aws; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  if ((${#missing[@]} > 0)); then
    die "missing tools: ${missing[*]} (try: sudo apt-get install ${missing[*]})"
  fi
}

confirm() {
  local question=$1 answer
  [[ ${ASSUME_YES:-} == 1 ]] && return 0
  read -r -p "$question [y/N] " answer
  case "${answer,,}" in
    y | yes) return 0 ;;
    *) return 1 ;;
  esac
}

elapsed() {
  local seconds=$((SECONDS - $1))
  printf '%dm%02ds' $((seconds / 60)) $((seconds % 60))
}

human() {
  local bytes=$1 unit
  for unit in B KiB MiB GiB; do
    if ((bytes < 1024)); then
      echo "$bytes $unit"
      return
    fi
    bytes=$((bytes / 1024))
  done
  echo "$bytes TiB"
}

url_encode() {
  local text=$1 out='' i c
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $c in
      [a-zA-Z0-9.~_-]) out+=$c ;;
      *) printf -v c '%%%02X' "'$c"; out+=$c ;;
    esac
  done
  printf '%s' "$out"
}

notify() {
  local title=$1 text=$2
  local hook=${CHAT_WEBHOOK:-}
  [[ -n $hook ]] || { debug "no webhook, not notifying: $title"; return 0; }
  jq -n --arg title "$title" --arg text "$text" '{attachments: [{title: $title, text: $text}]}' |
    curl -fsS --retry 3 --max-time 10 -H 'content-type: application/json' --data-binary @- "$hook" >/dev/null
}

# -------------------------------------------------------------------- build

changed_services() {
  local base=${1:-origin/main} service
  for service in "${SERVICES[@]}"; do
    if ! git -C "$ROOT" diff --quiet "$base" -- "services/$service" libs/; then
      echo "$service"
    fi
  done
}

build_one() {
  local service=$1 revision started=$SECONDS
  revision=$(git -C "$ROOT" describe --always --dirty --abbrev=12)
  local image="$REGISTRY/$service:$revision"
  local dir="$ROOT/services/$service"

  say "building ${BOLD}$service${RESET} at $revision"
  [[ -d $dir ]] || die "no such service: $service"
  if [[ -f $dir/Cargo.toml ]]; then
    (cd "$dir" && cargo build --release --locked && cargo test --quiet) >"$STATE/last.log" 2>&1
  elif [[ -f $dir/package.json ]]; then
    (cd "$dir" && npm ci --no-audit --no-fund && npm run build && npm test --silent) >"$STATE/last.log" 2>&1
  elif [[ -f $dir/go.mod ]]; then
    (cd "$dir" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ ./... && go vet ./...) >"$STATE/last.log" 2>&1
  else
    warn "$service: no build file known, building the image only"
  fi

  docker build --quiet \
    --label "org.opencontainers.image.revision=$revision" \
    --label "org.opencontainers.image.created=$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --build-arg REVISION="$revision" \
    --tag "$image" "$dir" | tee "$SCRATCH/$service.id"
  say "$service took $(elapsed "$started")"
}

smoke_one() {
  local service=$1 port=${PORTS[$1]:-8080} id tries=0
  id=$(docker run --rm -d -p "127.0.0.1:$port:8080" "$REGISTRY/$service:latest")
  until curl -fsS -o /dev/null "http://127.0.0.1:$port/healthz"; do
    if ((++tries > 30)); then
      docker logs "$id" 2>&1 | tail -n 50
      docker stop "$id" >/dev/null
      die "$service did not come up on port $port"
    fi
    sleep 1
  done
  curl -s "http://localhost:$port/metrics" | awk '/^http_requests_total/ { sum += $2 } END { printf "requests: %d\n", sum }'
  docker stop "$id" >/dev/null
}

cmd_build() {
  local wanted=("$@") service failed=()
  if ((${#wanted[@]} == 0)); then
    mapfile -t wanted < <(changed_services)
  fi
  ((${#wanted[@]})) || { say "nothing changed"; return 0; }
  for service in "${wanted[@]}"; do
    if build_one "$service" && smoke_one "$service"; then
      debug "$service is good"
    else
      failed+=("$service")
    fi
  done
  ((${#failed[@]} == 0)) || die "failed: $(IFS=,; echo "${failed[*]}")"
}

# ------------------------------------------------------------------ release

next_version() {
  local current=$1 part=$2 major minor patch
  IFS=. read -r major minor patch <<<"${current#v}"
  case $part in
    major) echo "$((major + 1)).0.0" ;;
    minor) echo "$major.$((minor + 1)).0" ;;
    patch) echo "$major.$minor.$((patch + 1))" ;;
    *) echo "$part" ;;
  esac
}

write_changelog() {
  local from=$1 to=$2 out=$ROOT/CHANGELOG.md
  {
    echo "## $to - $(date +%F)"
    echo
    git -C "$ROOT" log --no-merges --pretty='%s|%h|%an' "$from..HEAD" |
      while IFS='|' read -r subject hash author; do
        case $subject in
          feat*) kind=Added ;;
          fix*) kind=Fixed ;;
          docs* | chore* | test*) continue ;;
          *) kind=Changed ;;
        esac
        printf '%s\t%s (%s, %s)\n' "$kind" "${subject#*: }" "$hash" "$author"
      done | sort | awk -F'\t' '$1 != last { print "### " $1; last = $1 } { print "- " $2 }'
    echo
    [[ -f $out ]] && cat "$out"
  } >"$SCRATCH/changelog"
  mv "$SCRATCH/changelog" "$out"
}

cmd_release() {
  local part=${1:-patch} current version archive sum
  git -C "$ROOT" diff --quiet || die "the work tree is not clean"
  current=$(git -C "$ROOT" describe --tags --abbrev=0 --match 'v*' 2>/dev/null || echo v0.0.0)
  version=$(next_version "$current" "$part")
  confirm "Release $version (was $current)?" || return 1

  write_changelog "$current" "v$version"
  git -C "$ROOT" commit -qam "Release $version" -m "$(cat <<'MSG'
Built and tested by ops.

The notes are in CHANGELOG.md. Services read their configuration at start:
those that used to call get-secret-value by hand now take it from their task.
MSG
)"
  git -C "$ROOT" tag -a "v$version" -m "v$version"

  archive="$SCRATCH/ops-$version.tar.gz"
  git -C "$ROOT" archive --format=tar --prefix="ops-$version/" "v$version" | gzip -9n >"$archive"
  sum=$(sha256sum "$archive" | cut -d' ' -f1)
  printf '%s  %s\n' "$sum" "${archive##*/}" >"$archive.sha256"

  if ((DRY_RUN)); then
    say "would upload ${archive##*/} ($(human "$(stat -c %s "$archive")"))"
  else
    aws s3 cp --only-show-errors "$archive" "$BUCKET/releases/$version/"
    aws s3 cp --only-show-errors "$archive.sha256" "$BUCKET/releases/$version/"
    aws cloudformation deploy --region "$REGION" --stack-name "ops-${version//./-}" \
      --template-file "$ROOT/infra/release.yaml" \
      --parameter-overrides Version="$version" Checksum="$sum" \
      --no-fail-on-empty-changeset
    git -C "$ROOT" push --follow-tags
  fi
  notify "ops $version" "Released by ${USER:-unknown} from $(hostname -s)"
}

# ------------------------------------------------------------------- backup

dump_one() {
  local name=$1 host=$2 stamp file
  stamp=$(date -u +%Y%m%dT%H%M%SZ)
  file="$STATE/dumps/$name-$stamp.sql.zst"
  mkdir -p "${file%/*}"
  say "dumping $name from $host"
  pg_dump --host "$host" --username backup --no-password --format plain --no-owner "$name" 2>>"$STATE/last.log" |
    zstd -q -T0 -10 -o "$file"
  if [[ $(zstd -dc "$file" | tail -n 5 | grep -c 'dump complete') -eq 0 ]]; then
    rm -f -- "$file"
    die "the dump of $name is cut short"
  fi
  aws s3 cp --only-show-errors --sse aws:kms "$file" "$BUCKET/dumps/$name/"
}

rotate_dumps() {
  local keep=${1:-14} name files
  for name in orders billing; do
    files=("$STATE/dumps/$name"-*.sql.zst)
    while ((${#files[@]} > keep)); do
      debug "removing ${files[0]}"
      rm -f -- "${files[0]}"
      files=("${files[@]:1}")
    done
  done
  find "$STATE/dumps" -type f -name '*.tmp' -mtime +1 -print0 | xargs -0 -r rm -f --
  find "$STATE" -maxdepth 1 -name '*.log' -size +10M -exec gzip -9 {} \;
}

cmd_backup() {
  local line name host
  while read -r line; do
    line=${line%%#*}
    [[ $line =~ ^[[:space:]]*$ ]] && continue
    read -r name host <<<"$line"
    dump_one "$name" "$host"
  done <<'LIST'
# database   host
orders       orders-db.internal.example.org
billing      billing-db.internal.example.org
LIST
  rotate_dumps "${KEEP_DUMPS:-14}"
  du -sh "$STATE/dumps" | awk '{ print "kept: " $1 }'
}

# ------------------------------------------------------------------ migrate

cmd_migrate() {
  local file number applied
  applied=$(psql --host "${PGHOST:-localhost}" -qAt -c 'select coalesce(max(number), 0) from migrations')
  for file in "$ROOT"/migrations/[0-9]*.sql; do
    number=$(basename "$file" | sed -E 's/^0*([0-9]+)_.*$/\1/')
    ((number > applied)) || continue
    if ((DRY_RUN)); then
      echo "would apply ${file##*/}"
      continue
    fi
    say "applying ${file##*/}"
    psql --host "${PGHOST:-localhost}" --set ON_ERROR_STOP=1 --single-transaction <<SQL
\\i $file
insert into migrations (number, name, applied_at)
values ($number, '$(basename "$file" .sql)', now());
SQL
  done
  python3 - "$ROOT/migrations" <<'PY'
import pathlib
import re
import sys

seen = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.sql")):
    match = re.match(r"(\d+)_", path.name)
    if not match:
        sys.exit(f"{path.name}: the name must start with a number")
    number = int(match.group(1))
    if number in seen:
        sys.exit(f"{path.name} and {seen[number]} share the number {number}")
    seen[number] = path.name
print(f"{len(seen)} migrations, no number twice")
PY
}

# ------------------------------------------------------------------ secrets

# Names and dates only: what is due for rotation, never a value.
cmd_secrets() {
  local limit=${ROTATE_AFTER_DAYS:-90} now cutoff
  now=$(date +%s)
  cutoff=$((now - limit * 86400))
  aws secretsmanager list-secrets --region "$REGION" --max-results 100 --output json \
    --filters Key=tag-key,Values=team Key=tag-value,Values=platform >"$SCRATCH/list.json"
  jq -r --argjson cutoff "$cutoff" '
    .SecretList[]
    | select((.LastChangedDate // 0) < $cutoff)
    | [.Name, (.LastChangedDate // "never"), (.RotationEnabled // false)]
    | @tsv' "$SCRATCH/list.json" |
    while IFS=$'\t' read -r name changed rotates; do
      if [[ $rotates == true ]]; then
        echo "$name: rotates by itself, last on $changed"
      else
        echo "$name: due, last changed $changed"
        aws secretsmanager describe-secret --region "$REGION" --secret-id "$name" \
          --query 'Tags[?Key==`owner`].Value | [0]' --output text | sed 's/^/    owner: /'
      fi
    done
  grep -rn --include='*.py' --include='*.ts' 'get_secret_value\|GetSecretValue' "$ROOT/services" |
    cut -d: -f1 | sort | uniq -c | sort -rn | head -n 10 || true
}

# --------------------------------------------------------------------- logs

# Status codes, slowest paths and new errors of the last hour, from every host at once.
cmd_logs() {
  local since=${1:-60 minutes ago} host pids=() pid
  for host in web-{1..4}.internal.example.org; do
    ssh -o BatchMode=yes -o ConnectTimeout=5 "$host" \
      "journalctl -u gateway --since '$since' --output cat --no-pager" >"$SCRATCH/$host.log" 2>/dev/null &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || warn "one host did not answer"
  done
  cat "$SCRATCH"/web-*.log |
    jq -rR 'fromjson? | select(.status) | [.status, .duration_ms, .path] | @tsv' >"$SCRATCH/requests.tsv"
  echo "status codes:"
  cut -f1 "$SCRATCH/requests.tsv" | sort | uniq -c | sort -rn | head
  echo "slowest paths (median of at least ten):"
  awk -F'\t' '
    { split($3, part, "?"); n = ++count[part[1]]; ms[part[1], n] = $2 }
    END {
      for (path in count) {
        if (count[path] < 10) continue
        middle = int((count[path] + 1) / 2)
        printf "%8.1f ms  %s\n", ms[path, middle], path
      }
    }' "$SCRATCH/requests.tsv" | sort -rn | head -n "${TOP:-10}"
  grep -hE '(ERROR|FATAL|panicked at)' "$SCRATCH"/web-*.log |
    sed -E "s/[0-9a-f]{8}-[0-9a-f-]{27}/<id>/g; s/[0-9]+/N/g" | sort | uniq -c | sort -rn >"$SCRATCH/errors"
  if [[ -f $STATE/errors.known ]]; then
    comm -13 <(awk '{ $1 = ""; print }' "$STATE/errors.known" | sort) \
      <(awk '{ $1 = ""; print }' "$SCRATCH/errors" | sort) | sed 's/^/new: /'
  fi
  cp "$SCRATCH/errors" "$STATE/errors.known"
}

# ------------------------------------------------------------------ cleanup

cmd_cleanup() {
  local before after branch
  before=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
  docker image ls --format '{{.Repository}}:{{.Tag}} {{.CreatedSince}}' |
    grep "^$REGISTRY/" | awk '/(weeks|months) ago/ { print $1 }' |
    xargs -r -n 10 docker image rm --force >/dev/null
  find "$ROOT/services" -type d \( -name target -o -name node_modules \) -prune -mtime +30 -print0 |
    xargs -0 -r -P 4 -I{} sh -c 'du -sk "$1" && rm -rf "$1"' _ {}
  git -C "$ROOT" fetch --prune --quiet
  git -C "$ROOT" for-each-ref --format '%(refname:short) %(upstream:track)' refs/heads |
    while read -r branch track; do
      [[ $track == '[gone]' ]] || continue
      if ((DRY_RUN)); then echo "would delete $branch"; else git -C "$ROOT" branch -D "$branch"; fi
    done
  after=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
  say "freed $(human $(((after - before) * 1024)))"
}

# ------------------------------------------------------------------- doctor

check() {
  local name=$1
  shift
  if "$@" >/dev/null 2>&1; then
    printf '  %-24s %sok%s\n' "$name" "$GREEN" "$RESET"
  else
    printf '  %-24s %sfailed%s: %s\n' "$name" "$RED" "$RESET" "$*"
    return 1
  fi
}

cmd_doctor() {
  local bad=0 free host expires
  check 'docker answers' docker info || bad=$((bad + 1))
  check 'aws identity' aws sts get-caller-identity || bad=$((bad + 1))
  check 'origin reachable' git -C "$ROOT" ls-remote --exit-code origin HEAD || bad=$((bad + 1))
  check 'clock is set' test "$(date +%Y)" -ge 2024 || bad=$((bad + 1))
  free=$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')
  if ((free < 5 * 1024 * 1024)); then
    warn "only $(human $((free * 1024))) left on the disk"
    bad=$((bad + 1))
  fi
  for service in "${!PORTS[@]}"; do
    if ss -ltn "sport = :${PORTS[$service]}" | grep -q LISTEN; then
      debug "$service listens on ${PORTS[$service]}"
    fi
  done
  for host in api.example.org "registry.example.org"; do
    expires=$(openssl s_client -connect "$host:443" -servername "$host" </dev/null 2>/dev/null |
      openssl x509 -noout -enddate | cut -d= -f2)
    [[ -n $expires ]] || { warn "no certificate from $host"; continue; }
    echo "  $host: certificate until $(date -d "$expires" +%F)"
  done
  env | sort | grep -E '^(AWS_REGION|AWS_PROFILE|DOCKER_HOST)=' | sed 's/^/  /' || true
  ((bad == 0)) && say "all well" || die "$bad checks failed"
}

# --------------------------------------------------------------------- main

usage() {
  sed -n '3,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

main() {
  local command
  while (($# > 0)); do
    case $1 in
      -v | --verbose) VERBOSE=1 ;;
      -n | --dry-run) DRY_RUN=1 ;;
      -y | --yes) ASSUME_YES=1 ;;
      -h | --help) usage; return 0 ;;
      --) shift; break ;;
      -*) die "unknown option: $1" ;;
      *) break ;;
    esac
    shift
  done
  command=${1:-doctor}
  shift || true
  need
  case $command in
    build) cmd_build "$@" ;;
    release) cmd_release "$@" ;;
    backup) cmd_backup 2> >(tee -a "$STATE/last.log" >&2) ;;
    migrate) cmd_migrate ;;
    secrets) cmd_secrets | column -t -s: ;;
    logs) cmd_logs "$@" ;;
    cleanup) cmd_cleanup ;;
    doctor) cmd_doctor ;;
    help) usage ;;
    *) usage >&2; exit 64 ;;
  esac
}

main "$@"
