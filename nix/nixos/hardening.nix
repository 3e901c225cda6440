# What the units of the agent may not do. It needs no capability to mount: the memory file system is a unit of its
# own, since a mount that is made under `ProtectSystem=strict` is not seen by the host.
{
  lib,
  cfg,
  phases,
}:
let
  inHome =
    path:
    lib.any (home: lib.hasPrefix home path) [
      "/home/"
      "/root/"
      "/run/user/"
    ];

  entries = lib.concatMap (
    phase: lib.attrValues phase.secrets ++ lib.attrValues phase.templates
  ) phases;
  targets =
    map (entry: entry.path) entries
    ++ lib.concatMap (
      phase:
      lib.filter (file: file != null) [
        phase.statusFile
        phase.metricsFile
      ]
    ) phases;

  # A file that is written as a path is copied to the store; a string is read where it is.
  sources = lib.filter lib.isString (map (entry: entry.sopsFile or entry.file) entries);

  # Directories on the way to a path may be missing, and `ReadWritePaths=` needs one that is there.
  top = path: "-/${lib.head (lib.splitString "/" (lib.removePrefix "/" path))}";
  outside = lib.filter (path: !lib.hasPrefix "/run/" path) targets;
in
# What a configuration sets itself for these units is no conflict.
lib.mapAttrs (_: value: if lib.isList value then value else lib.mkDefault value) {
  CapabilityBoundingSet = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER";
  LimitCORE = 0;
  LockPersonality = true;
  NoNewPrivileges = true;
  PrivateNetwork = true;
  ProtectControlGroups = true;
  ProtectHome =
    if lib.any inHome targets then
      false
    else if lib.any inHome (import ./identities.nix { inherit lib cfg; } ++ sources) then
      "read-only"
    else
      true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectSystem = "strict";
  ReadWritePaths = [ "/run" ] ++ lib.unique (map top outside);
  RestrictAddressFamilies = "AF_UNIX";
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  UMask = "0077";
  # What changes how Node starts is not taken from the manager's environment.
  UnsetEnvironment = lib.subtractLists (lib.attrNames cfg.environment) [
    "NODE_EXTRA_CA_CERTS"
    "NODE_OPTIONS"
    "NODE_PATH"
  ];
}
