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

  # A file system that is read-only but for some directories stands between a secret and its place: it makes nothing
  # in `/`, and what lies behind a link is somewhere else. So it is all of the file system or what never holds secrets.
  isOutside = lib.any (path: !lib.hasPrefix "/run/" path) targets;
  top = path: "/${lib.head (lib.splitString "/" (lib.removePrefix "/" path))}";
  readOnly = lib.subtractLists (map top targets) [
    "/boot"
    "/efi"
    "/nix"
    "/usr"
  ];
in
# What a configuration sets itself for these units is no conflict.
lib.mapAttrs (_: value: if lib.isList value then value else lib.mkDefault value) {
  CapabilityBoundingSet = "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER";
  LimitCORE = 0;
  LockPersonality = true;
  NoNewPrivileges = true;
  KeyringMode = "private";
  PrivateNetwork = true;
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome =
    if isOutside || lib.any inHome targets then
      false
    else if lib.any inHome ((import ./keys.nix { inherit lib cfg; }).identities ++ sources) then
      "read-only"
    else
      true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectSystem = if isOutside then false else "strict";
  RestrictAddressFamilies = "AF_UNIX";
  RestrictNamespaces = true;
  RestrictRealtime = true;
  # A file may be asked for with such a bit.
  RestrictSUIDSGID = !lib.any (entry: builtins.match "0*[1-7][0-7]{3}" entry.mode != null) entries;
  SystemCallArchitectures = "native";
  SystemCallErrorNumber = "EPERM";
  SystemCallFilter = "@system-service";
  UMask = "0077";
  # What changes how Node starts is not taken from the manager's environment.
  UnsetEnvironment = lib.subtractLists (lib.attrNames cfg.environment) [
    "NODE_EXTRA_CA_CERTS"
    "NODE_OPTIONS"
    "NODE_PATH"
  ];
}
// (
  if isOutside then
    { ReadOnlyPaths = map (path: "-${path}") readOnly; }
  else
    {
      # gpg puts locks and the socket of its agent into its home.
      ReadWritePaths = [ "/run" ] ++ lib.optional (cfg.gnupg.home != null) "-${cfg.gnupg.home}";
    }
)
