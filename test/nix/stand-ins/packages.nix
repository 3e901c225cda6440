# Stands in for nixpkgs: packages that have a name and a store path and cannot be built. The store paths are always
# the same, so that what is evaluated can be compared with files; with `written`, texts are written to the store and
# can be read there.
{
  lib,
  written ? false,
}:
let
  storePath = name: "/nix/store/00000000000000000000000000000000-${name}";

  derivation =
    attributes:
    let
      name = attributes.name or "${attributes.pname}-${attributes.version}";
    in
    {
      meta = { };
      outputName = "out";
    }
    // attributes
    // {
      type = "derivation";
      inherit name;
      # As in nixpkgs, whoever names a file by its path has it made: a text that names itself never ends.
      outPath =
        if written && attributes ? text then
          builtins.toFile name attributes.text
        else
          builtins.seq (attributes.text or null) (storePath name);
      drvPath = storePath "${name}.drv";
    };

  program =
    pname: version:
    derivation {
      inherit pname version;
      meta.mainProgram = pname;
    };

  platform = {
    system = "x86_64-linux";
    isLinux = true;
    isDarwin = false;
    canExecute = other: other.system == platform.system;
  };

  pkgs = {
    inherit lib pkgs;
    stdenv = {
      buildPlatform = platform;
      hostPlatform = platform;
      inherit (platform) isLinux isDarwin;
    };
    stdenvNoCC = {
      buildPlatform = platform;
      hostPlatform = platform;
      mkDerivation = derivation;
    };

    callPackage =
      file: arguments:
      let
        function = import file;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // arguments);

    writeTextFile = derivation;
    writeText = name: text: derivation { inherit name text; };
    writeShellScript =
      name: text:
      derivation {
        inherit name;
        text = "#!${storePath "bash-5.3"}/bin/bash\n${text}";
      };

    runCommand =
      name: attributes: text:
      derivation (attributes // { inherit name text; });
    mkShell = attributes: derivation (attributes // { name = "shell"; });
    # What a test in a virtual machine is made of; it runs nowhere here.
    testers.runNixOSTest = test: test;

    installShellFiles = program "install-shell-files" "1";
    makeBinaryWrapper = program "make-binary-wrapper" "1";
  }
  // lib.mapAttrs program {
    age = "1.3.1";
    sops-install-secrets = "0.0.1";
    age-plugin-tpm = "1.0.1";
    cacert = "3.115";
    coreutils = "9.8";
    esbuild = "0.28.2";
    findutils = "4.10.0";
    getent = "2.42";
    git = "2.51.0";
    gnugrep = "3.12";
    gnupg = "2.4.8";
    gnused = "4.9";
    nixfmt = "1.1.0";
    nixfmt-tree = "1.1.0";
    nodejs-slim_24 = "24.9.0";
    nodejs_24 = "24.9.0";
    sops = "3.11.0";
    ssh-to-age = "1.2.0";
    systemd = "258";
    util-linux = "2.41";
  };
in
pkgs
