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
  # What is a text and what has `deps` is known only when the text is, and that may name the units of the system. So
  # no unit depends on this: where a script waits for secrets, a script installs them, and the unit once more.
  dependents = lib.filter (
    name:
    let
      script = config.system.activationScripts.${name};
    in
    lib.isAttrs script && lib.intersectLists snippets script.deps or [ ] != [ ]
  ) (lib.subtractLists own (lib.attrNames config.system.activationScripts));

  mentions = import ../sops/contains.nix "/run/secrets/";
  fileSystems = lib.attrValues (config.fileSystems or { });
  inherit (import ./file-systems.nix { inherit lib; }) neededForBoot;
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

  early = import ./early.nix { inherit config lib cfg; };
  unit =
    config.systemd.services.sops-install-secrets or {
      after = [ ];
      requires = [ ];
    };
  late = lib.filter isLate unit.after;
  isLate =
    name:
    let
      declared = early.declared name;
    in
    lib.elem name lateTargets
    # What systemd brings itself says there whether it is early.
    || !lib.hasPrefix "systemd-" name && declared != null && !early.isEarly declared;
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
    # Replaced as a whole, as tests do that want no secrets.
    isReplaced
    || mentions (toString (config.environment.etc.crypttab.text or ""))
    # nixos-install writes the initrd, and starts no unit.
    || lib.any (file: mentions (toString file)) (lib.attrValues (config.boot.initrd.secrets or { }))
    || localMounts != [ ]
    # Before the first unit.
    || mentions (toString (config.boot.postBootCommands or ""))
    || lib.any (swap: mentions (toString (swap.encrypted.keyFile or ""))) (config.swapDevices or [ ])
    || copies != [ ]
    || latePools != [ ] && (config.boot.zfs.requestEncryptionCredentials or true) != false
    || unit.requires != [ ]
    || late != [ ];
  # Only this one definition of each module: asked for one script, the module system looks at all of them, and their
  # texts may name the units of the system.
  isReplaced = lib.any (scripts: isText (scripts.setupSecrets or { })) (
    options.system.activationScripts.definitions or [ ]
  );
  isText =
    value:
    if lib.isAttrs value && value ? content then
      value.condition or true && isText value.content
    else
      lib.isString value;
  isChosen = set options.sops.useSystemdActivation;

  localMounts =
    map (fs: fs.mountPoint) (
      lib.filter (fs: !remote fs && lib.any mentions (fs.options or [ ])) fileSystems
    )
    ++ map (mount: mount.where) early.wantingMounts;
  # What goes to /etc with a mode is copied by an activation script. Of all others the source is not looked at: that of
  # the units is made of them.
  copies = lib.filter (
    file:
    (file.mode or "symlink") != "symlink"
    && lib.isString (file.source or null)
    && lib.hasPrefix "/run/secrets/" file.source
  ) (lib.attrValues (removeAttrs config.environment.etc [ "crypttab" ]));

  byUnit = {
    regular =
      if isChosen || usersByUnit then
        cfg.useSystemdActivation
      else
        !lib.any (secret: secret.neededForUsers) (lib.attrValues cfg.secrets) && !needScript;
    # A script that makes users runs before any unit.
    users = cfg.useSystemdActivation && usersByUnit;
  };
in
rec {
  inherit usersByUnit isReplaced;

  # Whether it is left to us.
  isFree = !isChosen && !usersByUnit;

  # Units that this one is told to come after, and that come after sysinit.target themselves.
  inherit late;

  # Whether units install the secrets.
  inherit byUnit;

  # Whether activation scripts do. Both do where another script waits for them.
  byScripts = {
    regular = !byUnit.regular || !isChosen && !usersByUnit && dependents != [ ];
    users = !byUnit.users;
  };

  # Local file systems that are mounted with a secret, where a unit has to come before them.
  mountsToComeBefore = lib.optionals (isChosen || usersByUnit) localMounts;

  # Whether any of the phases is a script's.
  byScript =
    phases: phases.regular.active && byScripts.regular || phases.users.active && byScripts.users;
}
