# Stands in for NixOS: the options that our module reads and sets, with the types that NixOS gives them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  strings = option (types.listOf types.str) [ ];
  flag = option types.bool false;

  # As `systemd.services` and its kin: the same value twice is no conflict, another one is.
  section = option (types.attrsOf types.unspecified) { };
  unit = {
    enable = option types.bool true;
    description = option types.str "";
    wantedBy = strings;
    requiredBy = strings;
    wants = strings;
    requires = strings;
    after = strings;
    before = strings;
    conflicts = strings;
    unitConfig = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
        (types.listOf types.str)
      ]
    )) { };
  };
in
{
  options = {
    assertions = option (types.listOf types.unspecified) [ ];
    warnings = option (types.listOf types.str) [ ];

    networking.hostName = option types.str "web";
    boot.kernelPackages = option types.unspecified { kernel.version = "6.12.50"; };
    boot.zfs.extraPools = strings;
    boot.tmp.cleanOnBoot = flag;
    boot.postBootCommands = option types.lines "";
    swapDevices = option (types.listOf (types.attrsOf types.unspecified)) [ ];
    boot.initrd.secrets = option (types.attrsOf (types.nullOr types.str)) { };
    environment.etc = option (types.attrsOf (
      types.submodule {
        options.text = option (types.nullOr types.lines) null;
        options.source = option (types.nullOr types.path) null;
        options.mode = option types.str "symlink";
      }
    )) { };
    fileSystems = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            mountPoint = option types.str name;
            neededForBoot = flag;
            device = option (types.nullOr types.str) null;
            fsType = option types.str "auto";
            options = strings;
          };
        }
      )
    )) { };

    services.openssh = {
      enable = flag;
      generateHostKeys = option types.bool config.services.openssh.enable;
      hostKeys = option (types.listOf (types.attrsOf types.unspecified)) [
        {
          type = "rsa";
          bits = 4096;
          path = "/etc/ssh/ssh_host_rsa_key";
        }
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
    };
    services.userborn.enable = flag;
    containers = option (types.attrsOf (
      types.submodule {
        options.bindMounts = option (types.attrsOf (types.attrsOf types.unspecified)) { };
        options.config = option (types.attrsOf types.unspecified) { };
      }
    )) { };
    virtualisation.oci-containers.containers = option (types.attrsOf (types.attrsOf types.unspecified)) { };

    users = {
      mutableUsers = option types.bool true;
      users = option (types.attrsOf (
        types.submodule {
          freeformType = types.attrsOf types.anything;
          options = {
            group = option types.str "";
            hashedPasswordFile = option (types.nullOr types.str) null;
          };
        }
      )) { };
      groups = option (types.attrsOf types.unspecified) { };
    };

    system = {
      build = option (types.attrsOf types.unspecified) { };
      dryActivationScript = option types.str "";
      activationScripts =
        option (types.attrsOf (
          types.either types.str (
            types.submodule {
              options = {
                deps = strings;
                text = mkOption { type = types.lines; };
                supportsDryActivation = flag;
              };
            }
          )
        )) { }
        // {
          # All of them as one text, as NixOS adds it.
          apply =
            scripts:
            scripts
            // {
              script = lib.concatMapStrings (script: if lib.isString script then script else script.text) (
                lib.attrValues scripts
              );
            };
        };
    };

    systemd = {
      sysusers.enable = flag;
      tmpfiles.rules = strings;
      tmpfiles.settings = option (types.attrsOf (
        types.attrsOf (types.attrsOf (types.attrsOf types.unspecified))
      )) { };
      services = option (types.attrsOf (
        types.submodule (
          { config, ... }:
          {
            options = unit // {
              environment = option (types.attrsOf (types.nullOr types.str)) { };
              path = option (types.listOf types.package) [ ];
              serviceConfig = section;
              script = option types.lines "";
            };
            config = {
              path = lib.mkAfter [
                pkgs.coreutils
                pkgs.findutils
                pkgs.gnugrep
                pkgs.gnused
                pkgs.systemd
              ];
              environment.PATH = "${lib.makeBinPath config.path}:${
                lib.makeSearchPathOutput "bin" "sbin" config.path
              }";
            };
          }
        )
      )) { };
      sockets = option (types.attrsOf (types.submodule { options = unit; })) { };
      targets = option (types.attrsOf (types.submodule { options = unit; })) { };
      mounts = option (types.listOf (
        types.submodule {
          options = unit // {
            what = mkOption { type = types.str; };
            where = mkOption { type = types.str; };
            type = option types.str "";
            options = option types.commas "";
          };
        }
      )) [ ];
      # Only its names are asked for.
      units = option (types.attrsOf types.unspecified) { };
    };
  };

  config = {
    users.users.root.group = "root";
    users.groups = {
      root = { };
      keys = { };
    };
    system.activationScripts.users =
      if config.services.userborn.enable || config.systemd.sysusers.enable then
        ""
      else
        { text = "# users"; };
    # What is in /etc depends on every unit.
    system.activationScripts.etc.text = "# ${config.system.build.etc}";
    system.build.etc = "/nix/store/00000000000000000000000000000000-etc-${
      builtins.hashString "md5" (
        builtins.toJSON (
          lib.mapAttrs (_: service: [
            service.wantedBy
            service.before
            service.after
            service.serviceConfig
          ]) config.systemd.services
        )
      )
    }";
    systemd.units =
      lib.mapAttrs' (name: lib.nameValuePair "${name}.service") config.systemd.services
      // lib.mapAttrs' (name: lib.nameValuePair "${name}.target") config.systemd.targets;
    systemd.services.sshd-keygen = lib.mkIf config.services.openssh.generateHostKeys {
      description = "SSH Host Keys Generation";
      unitConfig.ConditionFileNotEmpty = map (key: "|!${key.path}") config.services.openssh.hostKeys;
      serviceConfig.Type = "oneshot";
      serviceConfig.ExecStart = "/nix/store/00000000000000000000000000000000-unit-script-sshd-keygen/bin/sshd-keygen-start";
    };
  };
}
