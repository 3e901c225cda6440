# What starts so early that it would miss its secrets, and what the unit that installs them can come before. All that
# is read here belongs to others: of our own units only what they come after.
{
  config,
  lib,
  cfg,
}:
let
  isOff =
    value:
    lib.elem value [
      false
      "false"
      "no"
      "off"
      "0"
    ];
  isEarly = unit: isOff (unit.unitConfig.DefaultDependencies or true);
  own = [
    "hostseal-agent"
    "sops-generate-age-key"
    "sshd-keygen"
  ];
  isOurs =
    name:
    lib.hasPrefix "sops-install-secrets" name
    || lib.hasPrefix "sops-secrets-memory" name
    || lib.elem name own;

  kinds = {
    path = "paths";
    service = "services";
    socket = "sockets";
    timer = "timers";
  };
  unitsOf = kind: config.systemd.${kinds.${kind}} or { };
  # The unit of a name, or the template that it is an instance of; null for what the configuration does not declare.
  declared =
    name:
    let
      parts = builtins.match "(.*)\\.([a-z]+)" name;
      stem = lib.head parts;
      units = unitsOf (lib.last parts);
      template = builtins.match "([^@]+@).+" stem;
    in
    if parts == null || !kinds ? ${lib.last parts} then
      null
    else
      units.${stem} or (if template == null then null else units.${lib.head template} or null);

  # The texts of a unit that can name a file.
  textsOf =
    unit:
    lib.concatMap strings [
      (unit.script or "")
      (unit.preStart or "")
      (unit.postStart or "")
      (unit.environment or { })
      (unit.serviceConfig or { })
      (unit.socketConfig or { })
      (unit.what or "")
      (unit.options or "")
    ];
  strings =
    value:
    if lib.isString value || lib.isPath value || lib.isDerivation value then
      [ (toString value) ]
    else if lib.isAttrs value then
      lib.concatMap strings (lib.attrValues value)
    else if lib.isList value then
      lib.concatMap strings value
    else
      [ ];
  contains = import ../sops/contains.nix;
  containsAny = parts: text: lib.any (part: contains part text) parts;

  entries = lib.filter (entry: !entry.neededForUsers) (
    lib.attrValues cfg.secrets ++ lib.attrValues cfg.templates
  );
  places = [ "/run/secrets/" ] ++ map (entry: entry.path) entries;
  mentions = containsAny places;
  wants = unit: lib.any mentions (textsOf unit);

  earlyUnits =
    kind:
    lib.filterAttrs (name: unit: !isOurs name && (unit.enable or true) && isEarly unit) (unitsOf kind);
  named = kind: units: map (name: "${name}.${kind}") (lib.attrNames units);

  # What systemd and NixOS start before sysinit.target or before the network, and what reads secrets there.
  fixed = [
    "systemd-networkd.service"
    "systemd-tmpfiles-setup.service"
    "systemd-tmpfiles-resetup.service"
    "systemd-resolved.service"
    "nftables.service"
    "firewall.service"
    "remote-fs-pre.target"
  ];

  unit = config.systemd.services.sops-install-secrets or { after = [ ]; };
  # Everything that the unit comes after, as far as the configuration says so.
  reached = map ({ key }: key) (
    builtins.genericClosure {
      startSet = map (key: { inherit key; }) unit.after;
      operator =
        { key }:
        let
          next = declared key;
          isOwn = lib.any isOurs (lib.toList (lib.removeSuffix ".service" key));
        in
        lib.optionals (next != null && !isOwn) (
          map (key: { inherit key; }) (next.after or [ ] ++ next.requires or [ ] ++ next.wants or [ ])
        );
    }
  );
  reachesNetwork = lib.filter (
    name:
    lib.any (prefix: lib.hasPrefix prefix name) [
      "systemd-networkd"
      "network"
      "remote-fs"
    ]
  ) reached;

  isLocalMount =
    mount:
    !lib.elem (mount.type or "") [
      "cifs"
      "nfs"
      "nfs4"
    ]
    && !lib.elem "_netdev" (lib.splitString "," (mount.options or ""));
  mounts = config.systemd.mounts or [ ];
in
{
  inherit
    declared
    isEarly
    isLocalMount
    mounts
    reached
    reachesNetwork
    ;

  before = lib.subtractLists reached fixed;

  # Early units of the configuration whose text names a secret.
  computed = lib.subtractLists reached (
    lib.concatMap (kind: named kind (lib.filterAttrs (_: wants) (earlyUnits kind))) [
      "service"
      "socket"
    ]
  );

  # Local file systems of `systemd.mounts` that are mounted with a secret.
  wantingMounts = lib.filter (mount: isLocalMount mount && wants mount) mounts;

  # Early services that put private keys where they are looked for, as persistence modules have them: the keys are not
  # there before.
  bringers =
    keys:
    lib.concatLists (
      lib.mapAttrsToList (
        name: unit:
        lib.optional (
          lib.elem "local-fs.target" (unit.before ++ unit.wantedBy ++ unit.requiredBy)
          && !lib.elem "local-fs-pre.target" unit.after
          && lib.any (containsAny keys) (textsOf unit)
        ) "${name}.service"
      ) (earlyUnits "service")
    );
}
