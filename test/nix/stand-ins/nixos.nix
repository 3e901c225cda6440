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

  inherit (import ./unit-types.nix { inherit lib; }) unitNames unitSettings;
  names = option unitNames [ ];
  unit = {
    enable = option types.bool true;
    description = option types.singleLineStr "";
    wantedBy = names;
    requiredBy = names;
    wants = names;
    requires = names;
    after = names;
    before = names;
    conflicts = names;
    unitConfig = option unitSettings { };
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
            # It has no default, and none is empty.
            fsType = mkOption { type = types.nonEmptyStr; };
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
        types.submodule (
          { config, ... }:
          {
            freeformType = types.attrsOf types.anything;
            options = {
              isNormalUser = flag;
              isSystemUser = flag;
              group = option types.str "";
              hashedPasswordFile = option (types.nullOr types.str) null;
            };
            config.group = lib.mkIf config.isNormalUser (lib.mkDefault "users");
          }
        )
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
          { config, name, ... }:
          {
            options = unit // {
              environment = option (types.attrsOf (types.nullOr types.str)) { };
              path = option (types.listOf types.package) [ ];
              serviceConfig = option unitSettings { };
              script = option types.lines "";
            };
            config = {
              serviceConfig.ExecStart = lib.mkIf (config.script != "") "${
                pkgs.writeShellScript "unit-script-${name}-start" config.script
              }/bin/${name}-start";
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
    assertions = lib.concatLists (
      lib.mapAttrsToList (name: user: [
        {
          assertion = user.isSystemUser != user.isNormalUser;
          message = "Exactly one of users.users.${name}.isSystemUser and users.users.${name}.isNormalUser must be set.";
        }
        {
          assertion = user.group != "";
          message = "users.users.${name}.group is unset.";
        }
      ]) config.users.users
    );
    users.users.root = {
      isSystemUser = true;
      group = "root";
    };
    users.groups = {
      root = { };
      keys = { };
      users = { };
    };
    system.activationScripts.users =
      if config.services.userborn.enable || config.systemd.sysusers.enable then
        ""
      else
        { text = "# users"; };
    # What is in /etc depends on every unit, to the last word, and on every file there.
    system.activationScripts.etc.text = "# ${config.system.build.etc}";
    system.build.etc = pkgs.writeText "etc" (
      builtins.toJSON [
        config.environment.etc
        config.systemd.services
        config.systemd.sockets
        config.systemd.targets
        config.systemd.mounts
        config.systemd.tmpfiles.rules
        config.systemd.tmpfiles.settings
      ]
    );
    systemd.units =
      lib.mapAttrs' (name: lib.nameValuePair "${name}.service") config.systemd.services
      // lib.mapAttrs' (name: lib.nameValuePair "${name}.target") config.systemd.targets;
    systemd.services.sshd-keygen = lib.mkIf config.services.openssh.generateHostKeys {
      description = "SSH Host Keys Generation";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionFileNotEmpty = map (key: "|!${key.path}") config.services.openssh.hostKeys;
      serviceConfig.Type = "oneshot";
      script = lib.concatMapStrings (key: ''
        [ -s ${key.path} ] || ssh-keygen -t ${key.type} -f ${key.path} -N ""
      '') config.services.openssh.hostKeys;
    };
  };
}
