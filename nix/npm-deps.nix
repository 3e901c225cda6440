# What the programs are made of besides their own source: the production dependencies of package-lock.json. The lock
# file names no addresses, so npm itself fetches them, and the hash of what it fetched is fixed.
{
  lib,
  stdenvNoCC,
  cacert,
  nodejs_24,
}:
stdenvNoCC.mkDerivation {
  name = "hostseal-npm-deps";

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../package.json
      ../package-lock.json
    ];
  };

  nativeBuildInputs = [ nodejs_24 ];

  # A proxy that inspects has a certificate of its own, and Node trusts its own list alone. What the machine trusts comes
  # first, where a sandbox shows it, and cacert is no input: its hook would take the variable away.
  # test/nix/npm-deps.ts does the same to compute the hash.
  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    for file in "''${NIX_SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt ${cacert}/etc/ssl/certs/ca-bundle.crt; do
      if [ -f "$file" ]; then export NODE_EXTRA_CA_CERTS=$file SSL_CERT_FILE=$file; break; fi
    done
    npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund --no-progress --no-update-notifier
    rm -rf node_modules/.package-lock.json node_modules/.bin
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    mv node_modules $out
    runHook postInstall
  '';

  dontFixup = true;
  # NIX_SSL_CERT_FILE is one of them.
  impureEnvVars = lib.fetchers.proxyImpureEnvVars;
  outputHashMode = "recursive";
  outputHash = (lib.importJSON ./npm-deps.json).hash;
}
