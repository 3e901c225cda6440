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

  nativeBuildInputs = [
    cacert
    nodejs_24
  ];

  # test/nix/npm-deps.ts does the same to compute the hash.
  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund
    rm -rf node_modules/.package-lock.json node_modules/.bin
    runHook postBuild
  '';

  installPhase = ''
    runHook preInstall
    mv node_modules $out
    runHook postInstall
  '';

  dontFixup = true;
  impureEnvVars = lib.fetchers.proxyImpureEnvVars;
  outputHashMode = "recursive";
  outputHash = (lib.importJSON ./npm-deps.json).hash;
}
