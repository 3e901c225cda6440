// The three shells' scripts. Each asks the program itself (`hostseal completion words -- …`), which answers with a
// line for each candidate, `text<TAB>summary`, or with `:files` or `:directories`.

/** The shells that there is a script for. */
export const shells = ["bash", "zsh", "fish"] as const
export type Shell = (typeof shells)[number]

/** The script to source, or to install where the shell looks for completions. */
export const completionScripts: Readonly<Record<Shell, string>> = {
    bash: `# bash completion for hostseal
_hostseal() {
    local cur words cword answer line
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n =: cur words cword
    else
        cur=\${COMP_WORDS[COMP_CWORD]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    fi
    COMPREPLY=()
    answer=$("\${words[0]}" completion words -- "\${words[@]:1:cword}" 2>/dev/null) || return
    case $answer in
        :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        *) while IFS= read -r line; do [[ -n $line ]] && COMPREPLY+=("\${line%%$'\\t'*}"); done <<<"$answer" ;;
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
        :files) _files; return ;;
        :directories) _files -/; return ;;
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
    switch "$answer"
        case :files
            __fish_complete_path (commandline -ct)
        case :directories
            __fish_complete_directories (commandline -ct)
        case '*'
            string join \\n -- $answer
    end
end
complete -c hostseal -f -a '(__hostseal_complete)'
`,
}
