# The NixOS module. It builds a manifest, has the agent check it, and runs the agent on it at boot and at every
# change of the configuration.
{
  config,
  options,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.sops;
  phases = import ./phases.nix { inherit lib pkgs cfg; };
  timing = import ./timing.nix {
    inherit
      config
      options
      lib
      cfg
      ;
  };
  set = option: option.highestPrio < (lib.mkOptionDefault null).priority;
in
{
  imports = [
    ./options.nix
    ../sops/repository-import.nix
    ../generators
    ./assertions.nix
    ./warnings.nix
    ./units.nix
    ./containers.nix
    ./activation.nix
    ./stand-in.nix
  ];

  config = lib.mkMerge [
    {
      # For the other files of this module, which all need them. Arguments are every module's, so the names say whose.
      _module.args.hostsealPhases = phases;
      _module.args.hostsealTiming = timing;

      system.build.sops-nix-manifest = phases.regular.manifest;
      system.build.sops-nix-users-manifest = phases.users.manifest;
      sops.machineRecipients = lib.mkOverride 1100 (
        import ./known-host.nix { inherit config lib cfg; }
      );
      sops.placeholderAs = import ../sops/placeholder-as.nix { inherit lib; } cfg.placeholder;
    }

    (lib.mkIf (cfg.templates != { }) {
      sops.placeholder = lib.mapAttrs (
        name: _: lib.mkDefault "<SOPS:${builtins.hashString "sha256" name}:PLACEHOLDER>"
      ) cfg.secrets;
    })

    # GnuPG is large: only where it was asked for, and not because the machine has an RSA host key. hostseal opens files
    # for such a key by itself.
    (lib.mkIf
      (
        cfg.gnupg.home != null
        ||
          lib.getName cfg.package != "hostseal-agent"
          && set options.sops.gnupg.sshKeyPaths
          && cfg.gnupg.sshKeyPaths != [ ]
      )
      {
        sops.environment.SOPS_GPG_EXEC = lib.mkDefault "${cfg.gnupg.package}/bin/gpg";
      }
    )
  ];
}
