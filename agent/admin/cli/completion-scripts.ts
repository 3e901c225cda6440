// The three shells' scripts. Each asks the program itself (`hostseal completion words -- …`), which answers with a
// line for each candidate, `text<TAB>summary`, or with `:files` or `:directories`.

/** The shells that there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** The script to source, or to install where the shell looks for completions. */
export const completionScripts: Readonly<Record<Shell, string>> = {
    bash: `# bash completion for hostseal
_hostseal() {
    local cur words cword answer line i begin=
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n =: cur words cword
    else
        # --option=value comes in three words.
        words=()
        for ((i = 0; i <= COMP_CWORD; i++)); do
            if [[ i -gt 0 && ( \${COMP_WORDS[i]} == = || \${COMP_WORDS[i - 1]} == = ) ]]; then
                words[-1]+=\${COMP_WORDS[i]}
            else
                words+=("\${COMP_WORDS[i]}")
            fi
        done
        cword=$((\${#words[@]} - 1))
        cur=\${words[cword]}
    fi
    # What follows the = is all that is replaced.
    if [[ $cur == --*=* ]]; then
        [[ $COMP_WORDBREAKS == *=* ]] && begin=\${cur%%=*}=
        cur=\${cur#*=}
    fi
    COMPREPLY=()
    answer=$("\${words[0]}" completion words -- "\${words[@]:1:cword}" 2>/dev/null) || return
    case $answer in
        :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        *) while IFS= read -r line; do [[ -n $line ]] && line=\${line%%$'\\t'*} && COMPREPLY+=("\${line#"$begin"}"); done <<<"$answer" ;;
    esac
}
complete -F _hostseal hostseal
`,
    zsh: `#compdef hostseal
# zsh completion for hostseal
_hostseal() {
    local answer line
    local -a found
    answer=$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null) || return 1
    case $answer in
        :files) compset -P '--*='; _files; return ;;
        :directories) compset -P '--*='; _files -/; return ;;
    esac
    for line in "\${(@f)answer}"; do
        [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    done
    _describe hostseal found
}
if [[ $funcstack[1] == _hostseal ]]; then _hostseal "$@"; else compdef _hostseal hostseal; fi
`,
    fish: `# fish completion for hostseal
function __hostseal_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer ($words[1] completion words -- $words[2..-1] 2>/dev/null)
    set -l begin (string match -r -- '^--[^=]*=' (commandline -ct))
    set -l path (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    switch "$answer"
        case :files
            for found in (__fish_complete_path "$path")
                echo -- "$begin$found"
            end
        case :directories
            for found in (__fish_complete_directories "$path")
                echo -- "$begin$found"
            end
        case '*'
            string join \\n -- $answer
    end
end
complete -c hostseal -f -a '(__hostseal_complete)'
`,
}
