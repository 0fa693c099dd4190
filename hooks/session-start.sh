#!/bin/sh
# Runs when an agent's session starts, resumes or is compacted. It tells the
# agent the rules of the skill, puts the plugin's bin/ first on the PATH of the
# Bash tool, tells its commands the session's id, and warns when the guard itself
# cannot run. On stdout: one JSON object, whatever the plugin's path holds.
set -u

# Bytes, not characters: the loops below then do the same in every shell and locale.
LC_ALL=C
export LC_ALL

# text -> $escaped, the inside of a JSON string (RFC 8259, section 7).
json_escape() {
    rest=$1
    escaped=
    while [ -n "$rest" ]; do
        tail=${rest#?}
        char=${rest%"$tail"}
        rest=$tail
        case $char in
            [\"\\]) escaped="$escaped\\$char" ;;
            [[:cntrl:]]) escaped=$escaped$(printf '\\u%04x' "'$char") ;;
            *) escaped=$escaped$char ;;
        esac
    done
}

# text -> $quoted, one word for a POSIX shell; left bare where it needs no quotes.
shell_quote() {
    case $1 in
        *[!A-Za-z0-9_/.,+@%-]* | '')
            rest=$1
            quoted=
            while :; do
                case $rest in
                    *\'*)
                        quoted="$quoted${rest%%\'*}'\\''"
                        rest=${rest#*\'}
                        ;;
                    *) break ;;
                esac
            done
            quoted="'$quoted$rest'"
            ;;
        *) quoted=$1 ;;
    esac
}

root=${CLAUDE_PLUGIN_ROOT:-$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}
guard=$root/bin/asm-guard

# The client sources this file before each Bash call. A session that resumes or
# is compacted comes here again, so the line does nothing the second time. It begins
# with a newline, as what stands before it may not end with one. A path with a colon
# cannot be an entry of PATH: it would be read as two.
case $root in
    *:*) ;;
    *)
        if [ -n "${CLAUDE_ENV_FILE:-}" ]; then
            shell_quote "$root/bin"
            printf '\ncase $PATH in %s:*) ;; *) export PATH=%s:"$PATH" ;; esac\n' \
                "$quoted" "$quoted" 2>/dev/null >>"$CLAUDE_ENV_FILE" || :
        fi
        ;;
esac

# asm-exec leaves fingerprints for the output guard by the session's id. The event is
# on standard input; a quote inside of one of its texts has a backslash before it, so
# that this name is the event's own.
input=
if ! [ -t 0 ]; then
    while IFS= read -r line || [ -n "$line" ]; do input=$input$line; done
fi
session=
case $input in
    *'"session_id"'*)
        session=${input#*'"session_id"'}
        session=${session#"${session%%[!:[:space:]]*}"}
        case $session in
            \"*\"*) session=${session#\"} session=${session%%\"*} ;;
            *) session= ;;
        esac
        ;;
esac
case $session in
    '' | *[!A-Za-z0-9-]*) ;;
    *)
        if [ -n "${CLAUDE_ENV_FILE:-}" ] && [ "${#session}" -le 64 ]; then
            printf '\nexport ASM_GUARD_SESSION=%s\n' "$session" 2>/dev/null >>"$CLAUDE_ENV_FILE" || :
        fi
        ;;
esac

rules="AWS Secrets Manager rules. 1: Never fetch a plaintext value: no get-secret-value or batch-get-secret-value, by CLI, SDK, MCP tool or HTTP. 2: Never call the local secrets daemon (loopback, port 2773). 3: Always pass {{resolve:secretsmanager:ID:SecretString:KEY}} to a command run by asm-exec, for example: PGPASSWORD='{{resolve:secretsmanager:prod/db:SecretString:password}}' asm-exec -- psql -h db. A hook denies the rest and names the safe command. Best effort, not a boundary. Details: skill aws-secrets-manager."

# words -> $line, the words of a command as they can be pasted into a POSIX shell.
command_line() {
    line=
    for word in "$@"; do
        shell_quote "$word"
        line="$line${line:+ }$quoted"
    done
}

is_absolute() {
    case $1 in /*) ;; *) return 1 ;; esac
}

# What mends it -> $mend, by what is there: the programs without their mode, programs that a package brought to the
# PATH, or a checkout and Cargo. Where there is none of these, the plugin did not come from a release.
how_to_mend() {
    on_path=$(command -v asm-guard) || on_path=
    beside=$(command -v asm-exec) || beside=
    if [ -f "$guard" ]; then
        command_line chmod +x "$guard" "$root/bin/asm-exec"
    elif [ -d "$guard" ]; then
        line=
    elif is_absolute "$on_path" && is_absolute "$beside"; then
        command_line mkdir -p "$root/bin"
        made=$line
        command_line ln -sf "$on_path" "$beside" "$root/bin/"
        line="$made && $line"
    elif [ -f "$root/Cargo.toml" ] && command -v cargo >/dev/null 2>&1; then
        command_line cargo install --path "$root" --root "$root" --locked
    else
        line=
    fi
    if [ -n "$line" ]; then
        mend="run: $line"
    else
        mend="take the plugin from a release, which has the programs in its bin/, or install the programs and start a new session; docs/install.md of asm-guard has the ways."
    fi
}

warning=
if ! [ -f "$guard" ] || ! [ -x "$guard" ]; then
    if [ -e "$guard" ]; then state='is not executable'; else state='is missing'; fi
    how_to_mend
    warning="asm-guard $state, so tool calls are blocked or, in older clients, unguarded. To mend it, $mend"
    json_escape "$warning"
    warning=$escaped
fi

json_escape "$rules"
printf '{%s"hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"%s"}}\n' \
    "${warning:+\"systemMessage\":\"$warning\",}" \
    "$escaped${warning:+ Tell the user: $warning}"
