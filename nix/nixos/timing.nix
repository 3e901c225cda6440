# When and by what secrets are installed: by units or by activation scripts, and before or after sysinit.target. All
# that is read here has to be something that does not depend on the answers.
{
  config,
  options,
  lib,
  cfg,
}:
let
  set = option: option.highestPrio < (lib.mkOptionDefault null).priority;

  usersByUnit =
    (options.systemd ? sysusers && config.systemd.sysusers.enable)
    || (options.services ? userborn && config.services.userborn.enable);

  snippets = [
    "setupSecrets"
    "setupSecretsForUsers"
    "generate-age-key"
  ];
  # What is ours, or made of all of them.
  own = snippets ++ [
    "script"
    "users"
  ];
  # Only `deps`: the texts name the units of the system.
  dependents = lib.filter (
    name:
    let
      script = config.system.activationScripts.${name};
    in
    lib.isAttrs script && lib.intersectLists snippets script.deps or [ ] != [ ]
  ) (lib.subtractLists own (lib.attrNames config.system.activationScripts));

  mentions = import ../sops/contains.nix "/run/secrets/";
  fileSystems = lib.attrValues (config.fileSystems or { });
  neededForBoot = import ./needed-for-boot.nix { inherit lib; };
  remote =
    fs:
    lib.elem (fs.fsType or "") [
      "cifs"
      "nfs"
      "nfs4"
    ]
    || lib.elem "_netdev" (fs.options or [ ])
    || lib.elem "noauto" (fs.options or [ ]);
  # Where a pool finds its key stands in the pool, so any that is imported after stage 1 may want a secret for it.
  pool = fs: lib.head (lib.splitString "/" (toString (fs.device or "")));
  zfs = lib.partition neededForBoot (lib.filter (fs: (fs.fsType or "") == "zfs") fileSystems);
  latePools = lib.subtractLists (map pool zfs.right) (
    (config.boot.zfs.extraPools or [ ]) ++ map pool (lib.filter (fs: !remote fs) zfs.wrong)
  );

  unit =
    config.systemd.services.sops-install-secrets or {
      after = [ ];
      requires = [ ];
    };
  late = lib.filter isLate unit.after;
  isLate =
    name:
    let
      parts = builtins.match "(.*)\\.([a-z]+)" name;
      stem = lib.head parts;
      units = config.systemd.${kinds.${lib.last parts}} or { };
      template = builtins.match "([^@]+@).+" stem;
      declared =
        units.${stem} or (if template == null then null else units.${lib.head template} or null);
      dependencies = declared.unitConfig.DefaultDependencies or true;
    in
    lib.elem name lateTargets
    ||
      parts != null
      && kinds ? ${lib.last parts}
      # What systemd brings itself says there whether it is early.
      && !lib.hasPrefix "systemd-" name
      && declared != null
      && lib.elem dependencies [
        true
        "true"
        "yes"
        "on"
        "1"
      ];
  kinds = {
    path = "paths";
    service = "services";
    socket = "sockets";
    timer = "timers";
  };
  lateTargets = map (name: "${name}.target") [
    "basic"
    "graphical"
    "multi-user"
    "network"
    "network-online"
    "nss-lookup"
    "paths"
    "sockets"
    "time-sync"
    "timers"
  ];

  # What reads secrets before a unit could have installed them. Where users are made by a unit, sops-nix has units, too.
  needScript =
    dependents != [ ]
    # Replaced as a whole, as tests do that want no secrets.
    || lib.isString (config.system.activationScripts.setupSecrets or { })
    || mentions (toString (config.environment.etc.crypttab.text or ""))
    # nixos-install writes the initrd, and starts no unit.
    || lib.any (file: mentions (toString file)) (lib.attrValues (config.boot.initrd.secrets or { }))
    || lib.any (fs: !remote fs && lib.any mentions (fs.options or [ ])) fileSystems
    || latePools != [ ] && (config.boot.zfs.requestEncryptionCredentials or true) != false
    || unit.requires != [ ]
    || late != [ ];
  isChosen = set options.sops.useSystemdActivation;
in
rec {
  inherit usersByUnit;

  # Whether it is left to us.
  isFree = !isChosen && !usersByUnit;

  # Units that this one is told to come after, and that come after sysinit.target themselves.
  inherit late;

  byUnit = {
    regular =
      if isChosen || usersByUnit then
        cfg.useSystemdActivation
      else
        !lib.any (secret: secret.neededForUsers) (lib.attrValues cfg.secrets) && !needScript;
    # A script that makes users runs before any unit.
    users = cfg.useSystemdActivation && usersByUnit;
  };

  # Whether any of the phases is a script's.
  byScript =
    phases: phases.regular.active && !byUnit.regular || phases.users.active && !byUnit.users;
}
