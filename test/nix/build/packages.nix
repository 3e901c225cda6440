# Stands in for nixpkgs where something is built: a small stdenv over the tools of this machine, which are found by PATH.
# Nothing of it is fit for use; what it builds is made by the very files of nix/ all the same.
{
  lib ? import ./lib.nix,
  system ? builtins.currentSystem,
}:
let
  machinePath = builtins.getEnv "PATH";
  isThere =
    program:
    builtins.any (directory: builtins.isString directory && builtins.pathExists "${directory}/${program}") (
      builtins.split ":" machinePath
    );

  mkDerivation =
    arguments:
    let
      attributes = removeAttrs arguments [
        "meta"
        "passthru"
      ];
      name = arguments.name or "${arguments.pname}-${arguments.version}";
    in
    derivation (
      # A variable of a build that is not there and one that is empty are the same to the phases.
      builtins.mapAttrs (_: value: if value == false then "" else value) attributes
      // {
        inherit name system machinePath;
        builder = "/bin/bash";
        args = [ ./builder.sh ];
      }
    )
    // {
      meta = arguments.meta or { };
      # What is missing here for a build, if anything.
      needs = builtins.concatStringsSep ", " (
        arguments.passthru.needs or [ ]
        ++ builtins.concatMap (input: lib.optional (input.needs or "" != "") input.needs) (
          arguments.nativeBuildInputs or [ ]
        )
      );
    };

  # The programs of the machine by these names, each as a link or, with `copied`, as a file of its own.
  machine =
    {
      name,
      version ? "0",
      programs,
      copied ? false,
    }:
    mkDerivation {
      pname = name;
      inherit version;
      dontFixup = true;
      installPhase = ''
        mkdir -p $out/bin
        for program in ${toString programs}; do
          # What is not here is where Debian has it, on the machine that runs what is built.
          found=$(command -v $program) || found=/usr/bin/$program
          ${if copied then "cp -L" else "ln -s"} "$found" $out/bin/$program
        done
      '';
      meta.mainProgram = name;
      passthru.needs = builtins.filter (program: !isThere program) programs;
    };

  # A package that is nothing but functions for the builds that name it.
  hook =
    name: text:
    mkDerivation {
      inherit name text;
      dontFixup = true;
      installPhase = ''
        mkdir -p $out/nix-support $out/bin
        printf '%s' "$text" > $out/nix-support/setup-hook
      '';
    };

  isLinux = lib.hasSuffix "-linux" system;
  platform = {
    inherit system isLinux;
    isDarwin = !isLinux;
    canExecute = other: other.system == system;
  };
  stdenv = {
    inherit mkDerivation;
    buildPlatform = platform;
    hostPlatform = platform;
    inherit (platform) isLinux isDarwin;
  };

  overridable =
    function: arguments:
    function arguments
    // {
      override = changes: overridable function (arguments // changes);
    };

  pkgs = {
    inherit lib pkgs stdenv;
    stdenvNoCC = stdenv;
    callPackage =
      file: arguments:
      let
        function = import file;
      in
      overridable function (builtins.intersectAttrs (builtins.functionArgs function) pkgs // arguments);

    writeTextFile =
      {
        name,
        text,
        executable ? false,
        checkPhase ? "",
      }:
      mkDerivation {
        inherit name text;
        dontFixup = true;
        installPhase = ''
          printf '%s' "$text" > $out
          ${lib.optionalString executable "chmod +x $out"}
          ${checkPhase}
        '';
      };
    writeText = name: text: pkgs.writeTextFile { inherit name text; };
    writeShellScript =
      name: text:
      pkgs.writeTextFile {
        inherit name;
        executable = true;
        text = "#!/bin/bash\n${text}";
      };
    runCommand =
      name: attributes: text:
      mkDerivation (
        attributes
        // {
          inherit name;
          dontFixup = true;
          installPhase = text;
        }
      );

    age-plugin-tpm = machine {
      name = "age-plugin-tpm";
      programs = [ ];
    };
    nodejs-slim_24 = machine {
      name = "nodejs-slim";
      programs = [ "node" ];
      copied = true;
    };
    nodejs_24 = machine {
      name = "nodejs";
      programs = [
        "node"
        "npm"
      ];
    };
    esbuild = machine {
      name = "esbuild";
      programs = [ "esbuild" ];
      copied = true;
    };
    mkShell =
      { packages, env }:
      pkgs.runCommand "shell" (env // { nativeBuildInputs = packages; }) "touch $out";

    # What this machine cannot do, and what it would need for it.
    testers.runNixOSTest =
      _:
      mkDerivation {
        name = "test";
        passthru.needs = [ "NixOS in a virtual machine" ];
        installPhase = "exit 1";
      };

    # Those of the machine, with whatever a proxy of its network needs.
    cacert = pkgs.runCommand "cacert" { } ''
      mkdir -p $out/etc/ssl/certs
      cp /etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
    '';

    makeBinaryWrapper = hook "make-binary-wrapper" ''
      # makeWrapper PROGRAM WRAPPER [--add-flags FLAGS] [--suffix VARIABLE SEPARATOR VALUE]
      makeWrapper() {
          local program=$1 wrapper=$2 flags="" lines=""
          shift 2
          while [ $# -gt 0 ]; do
              case $1 in
                  --add-flags) flags="$flags $2"; shift 2 ;;
                  --suffix) lines+="export $2=\"\''${$2:+\''$$2$3}$4\""$'\n'; shift 4 ;;
                  *) printf 'makeWrapper: %s is not known here\n' "$1" >&2; return 1 ;;
              esac
          done
          mkdir -p "$(dirname "$wrapper")"
          printf '#!/bin/bash\n%sexec %s%s "$@"\n' "$lines" "$program" "$flags" > "$wrapper"
          chmod 755 "$wrapper"
      }
    '';
    installShellFiles = hook "install-shell-files" ''
      installShellCompletion() {
          local file name
          for file; do
              name=$(basename "$file")
              case $file in
                  *.bash) install -Dm644 "$file" "$out/share/bash-completion/completions/$name" ;;
                  *.zsh) install -Dm644 "$file" "$out/share/zsh/site-functions/_''${name%.zsh}" ;;
                  *.fish) install -Dm644 "$file" "$out/share/fish/vendor_completions.d/$name" ;;
                  *) printf 'installShellCompletion: %s is not known here\n' "$file" >&2; return 1 ;;
              esac
          done
      }
      installManPage() {
          local file
          for file; do install -Dm644 "$file" "$out/share/man/man''${file##*.}/$(basename "$file")"; done
      }
    '';
  }
  // builtins.mapAttrs (name: programs: machine { inherit name programs; }) {
    age = [ "age-keygen" ];
    coreutils = [
      "cat"
      "mkdir"
    ];
    findutils = [ "find" ];
    getent = [ "getent" ];
    git = [ "git" ];
    nixfmt = [ "nixfmt" ];
    nixfmt-tree = [ "treefmt" ];
    sops = [ "sops" ];
    ssh-to-age = [ "ssh-to-age" ];
    gnugrep = [ "grep" ];
    gnupg = [ "gpg" ];
    gnused = [ "sed" ];
    sops-install-secrets = [ "sops-install-secrets" ];
    systemd = [ "systemctl" ];
    util-linux = [
      "flock"
      "mount"
    ];
  };
in
pkgs
