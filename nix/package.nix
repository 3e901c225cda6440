# One of the two programs: bundled into one file by esbuild, and run by Node.
{
  lib,
  stdenvNoCC,
  callPackage,
  esbuild,
  getent,
  git,
  gnupg,
  installShellFiles,
  makeBinaryWrapper,
  nodejs_24,
  systemd,
  util-linux,
  # "hostseal" or "hostseal-agent".
  program,
  # What runs the program: any Node from 24.7 on. One that the host has anyway costs it nothing.
  nodejs,
  # Only for an admin whose secrets have PGP recipients.
  withGnupg ? false,
}:
let
  manifest = lib.importJSON ../package.json;
  linux = stdenvNoCC.hostPlatform.isLinux;

  commands = {
    hostseal = {
      description = "Manage users, machines, groups and secrets of a repository of SOPS files";
      names = [ "hostseal" ];
      # Found last: what the admin has comes first.
      path = [ git ] ++ lib.optional withGnupg gnupg;
    };
    hostseal-agent = {
      description = "Install SOPS secrets from a manifest, opened with the SSH host key of the machine";
      names = [
        "hostseal-agent"
        "sops-install-secrets"
      ];
      # getent looks up users and groups, mount makes the memory file system, systemctl restarts units.
      path = lib.optionals linux [
        getent
        util-linux
        systemd
      ];
    };
  };
  command = commands.${program};
in
stdenvNoCC.mkDerivation {
  pname = program;
  inherit (manifest) version;

  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../package.json
      ../agent
    ];
  };

  nativeBuildInputs = [
    esbuild
    installShellFiles
    makeBinaryWrapper
    # The compiled code in the program holds for the very version that makes it.
    (if stdenvNoCC.buildPlatform.canExecute stdenvNoCC.hostPlatform then nodejs else nodejs_24)
  ]
  # flock, for the rehearsal of what changes a repository.
  ++ lib.optional linux util-linux;

  buildPhase = ''
    runHook preBuild
    # Not a link: modules are looked for beside where they really are.
    cp -r --no-preserve=mode ${callPackage ./npm-deps.nix { }} node_modules
    node agent/build/build.ts dist
    runHook postBuild
  '';

  # The agent goes by the name that it was called with, so each name is a link of its own.
  installPhase = ''
    runHook preInstall
    install -Dm444 -t $out/lib/hostseal dist/${program}.cjs
    for name in ${toString command.names}; do
      ln -s ${program}.cjs $out/lib/hostseal/$name
      makeWrapper ${lib.getExe' nodejs "node"} $out/bin/$name \
        --add-flags $out/lib/hostseal/$name \
        --suffix PATH : ${lib.makeBinPath command.path}
    done
    runHook postInstall
  '';

  # What the program says about itself, so that it cannot be stale. It has to run for that.
  postInstall =
    lib.optionalString
      (program == "hostseal" && stdenvNoCC.buildPlatform.canExecute stdenvNoCC.hostPlatform)
      ''
        for shell in bash zsh fish; do
          $out/bin/hostseal completion $shell > hostseal.$shell
        done
        installShellCompletion hostseal.{bash,zsh,fish}
        $out/bin/hostseal man man
        installManPage man/*
      '';

  doInstallCheck = stdenvNoCC.buildPlatform.canExecute stdenvNoCC.hostPlatform;
  installCheckPhase = ''
    runHook preInstallCheck
    for name in ${toString command.names}; do
      $out/bin/$name --help > /dev/null
    done
    runHook postInstallCheck
  '';

  meta = {
    inherit (command) description;
    license = lib.licenses.mit;
    mainProgram = program;
    platforms = lib.platforms.linux ++ lib.platforms.darwin;
  };
}
