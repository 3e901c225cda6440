// What runs around a script, inside the sandbox. All that goes in comes through standard input and all that comes back
// goes through standard output, so that no file of the machine holds any of it, and none that the script made is opened.

/** Of one file that comes back, in bytes. */
export const largestFile = 1024 * 1024

/**
 * For bash. Standard input has files, each after a line with its size and path. Arguments: the folder of it all, the PATH
 * of the script, seconds of processor time, the script, how to start it, and the names of the files that come back.
 *
 * A link, or anything else that is no regular file, is told and not read. What the script wrote comes back after a
 * failure, too, so that it can be masked in what it said; what `set -x` says is thrown away, for it may be a value that
 * never gets into a file.
 */
export const insideScript = `
umask 077
root=$1 path=$2 seconds=$3 script=$4 how=$5
shift 5
mkdir -p "$root/in" "$root/out" "$HOME"
while read -r size file; do
    mkdir -p "\${file%/*}"
    head -c "$size" >"$file"
done
status=0
# A group of its own: all that it has started ends with it, also when the time is over.
set -m
(
    ulimit -c 0 -f 65536 -n 1024 -t "$seconds" -u 512
    export PATH=$path BASH_XTRACEFD=9
    cd "$HOME"
    case $how in
        text) exec "$BASH" -euo pipefail "$script" ;;
        bash) exec "$BASH" "$script" ;;
        *) exec "$script" ;;
    esac
) </dev/null >&2 9>/dev/null &
job=$!
# Else bash tells how jobs end.
set +m
trap 'kill -KILL -- "-$job"; exit 1' TERM INT HUP
wait "$job" || status=$?
kill -KILL -- "-$job" 2>/dev/null
printf 'exit %s\\n' "$status"
shopt -s dotglob nullglob
for file in "$root/out"/*; do
    name=\${file##*/}
    kind=extra
    for each; do [ "$each" = "$name" ] && kind=file; done
    if [ "$kind" = extra ]; then printf 'extra %q\\n' "$name"
    elif [ -L "$file" ]; then printf 'link %s\\n' "$name"
    elif [ -f "$file" ]; then printf 'file %s %s\\n' "$name" "$(head -c ${largestFile + 1} <"$file" | base64 -w 0)"
    elif [ -d "$file" ]; then printf 'folder %s\\n' "$name"
    else printf 'other %s\\n' "$name"
    fi
done
`

/** What came back. */
export interface Outcome {
    readonly status: number
    readonly files: ReadonlyMap<string, Buffer>
    /** Declared names that are there and no regular file, with what they are. */
    readonly odd: ReadonlyMap<string, "link" | "folder" | "other">
    /** Names that nobody declared, as bash quotes them. */
    readonly extra: readonly string[]
}

/** Reads it; undefined when it did not come to its end. */
export function parseOutcome(text: string): Outcome | undefined {
    const [first = "", ...lines] = text.split("\n")
    const status = /^exit (\d+)$/u.exec(first)?.[1]
    if (status === undefined || lines.pop() !== "") return undefined
    const files = new Map<string, Buffer>()
    const odd = new Map<string, "link" | "folder" | "other">()
    const extra: string[] = []
    for (const line of lines) {
        const [, kind, name = "", content = ""] = /^(\w+) (.*?)(?: ([A-Za-z0-9+/=]*))?$/u.exec(line) ?? []
        if (kind === "file") files.set(name, Buffer.from(content, "base64"))
        else if (kind === "link" || kind === "folder" || kind === "other") odd.set(name, kind)
        else if (kind === "extra") extra.push(line.slice("extra ".length))
        else return undefined
    }
    return { status: Number(status), files, odd, extra }
}
