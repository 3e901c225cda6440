# The phases of a build, as nixpkgs has them: a phase is the text of a variable or the function below.
set -eu -o pipefail
shopt -s nullglob
umask 022
[ -z "${passAsFile:-}" ] || { printf 'passAsFile is not known here\n' >&2; exit 1; }
# The tools of the machine come last.
PATH=$machinePath
for input in ${nativeBuildInputs:-}; do PATH=$input/bin:$PATH; done
for input in ${nativeBuildInputs:-}; do
    [ ! -f "$input/nix-support/setup-hook" ] || . "$input/nix-support/setup-hook"
done
# What nixpkgs sets where nothing else does, so that nobody comes by the certificates of the machine.
export NIX_SSL_CERT_FILE=${NIX_SSL_CERT_FILE:-/no-cert-file.crt}
export HOME=/homeless-shelter TMPDIR=${TMPDIR:-$NIX_BUILD_TOP}

runHook() {
    local hook=$1
    if declare -F "$hook" >/dev/null; then "$hook"; else eval "${!hook:-}"; fi
}

unpackPhase() {
    [ -z "${src:-}" ] || { cp -r --no-preserve=ownership "$src" source && chmod -R u+w source && cd source; }
}

fixupPhase() {
    # Programs start by what is in the store, and pages of the manual are packed.
    find "$out" -type f -path '*/share/man/*' ! -name '*.gz' -exec gzip -n9 {} +
    local file interpreter
    while read -r file; do
        interpreter=$(sed -n '1s|^#! */usr/bin/env \([^ ]*\)$|\1|p' "$file" | tr -d '\0')
        [ -z "$interpreter" ] || sed -i "1s|.*|#!$(command -v "$interpreter")|" "$file"
    done < <(find "$out" -type f -perm -0100)
}

installCheckPhase() { :; }
buildPhase() { :; }
installPhase() { :; }

for phase in unpackPhase buildPhase installPhase fixupPhase installCheckPhase; do
    if [ "$phase" = fixupPhase ] && [ -n "${dontFixup:-}" ]; then continue; fi
    if [ "$phase" = installCheckPhase ] && [ -z "${doInstallCheck:-}" ]; then continue; fi
    if [ -n "${!phase:-}" ]; then eval "${!phase}"; else "$phase"; fi
    if [ "$phase" = unpackPhase ] && [ -n "${src:-}" ] && [ -d "$NIX_BUILD_TOP/source" ]; then cd "$NIX_BUILD_TOP/source"; fi
done
