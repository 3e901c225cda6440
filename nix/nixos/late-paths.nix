# Paths of secrets that are not what they will be when the unit runs that installs the secrets: on a file system that
# is mounted later, or below something that systemd-tmpfiles makes anew or clears.
{
  config,
  lib,
  cfg,
}:
let
  early = import ./early.nix { inherit config lib cfg; };
  inherit (import ./file-systems.nix { inherit lib; }) neededForBoot;
  entries = lib.filter (entry: !entry.neededForUsers) (
    lib.attrValues cfg.secrets ++ lib.attrValues cfg.templates
  );
  paths = lib.filter (path: !lib.hasPrefix "/run/secrets/" path) (
    lib.unique (map (entry: entry.path) entries)
  );
  under = directory: path: path == directory || lib.hasPrefix "${directory}/" path;

  # File systems that nothing waits for: local-fs.target comes without them.
  hasAny = options: fs: lib.intersectLists options (fs.options or [ ]) != [ ];
  isLate =
    fs:
    !neededForBoot fs
    && (
      hasAny [
        "nofail"
        "noauto"
        "_netdev"
      ] fs
      || lib.elem (fs.fsType or "") [
        "cifs"
        "nfs"
        "nfs4"
      ]
    );
  isLateMount =
    mount:
    !lib.elem "local-fs.target" (mount.wantedBy ++ mount.requiredBy ++ mount.before)
    || lib.elem "nofail" (lib.splitString "," mount.options);
  places =
    map (fs: {
      where = fs.mountPoint;
      late = isLate fs;
    }) (lib.attrValues (config.fileSystems or { }))
    ++ map (mount: {
      inherit (mount) where;
      late = isLateMount mount;
    }) (lib.filter (mount: !lib.hasPrefix "/run/secrets" mount.where) early.mounts);
  placeOf =
    path:
    lib.foldl' (
      best: place:
      if
        under place.where path
        && (best == null || lib.stringLength place.where > lib.stringLength best.where)
      then
        place
      else
        best
    ) null places;
  onMounts = lib.filter (
    path:
    let
      place = placeOf path;
    in
    place != null && place.late
  ) paths;

  # What makes a directory anew, clears it, or does nothing once somebody else has made it.
  changes = type: builtins.match "[DRrLCvqQ].*" type != null;
  rules =
    lib.concatMap (
      rule:
      let
        words = lib.filter (word: word != "") (lib.splitString " " (lib.replaceStrings [ "\t" ] [ " " ] rule));
      in
      lib.optional (lib.length words > 1 && changes (lib.head words)) (lib.elemAt words 1)
    ) (config.systemd.tmpfiles.rules or [ ])
    ++ lib.concatMap (
      settings:
      lib.concatLists (
        lib.mapAttrsToList (
          path: types: lib.optional (lib.any changes (lib.attrNames types)) path
        ) settings
      )
    ) (lib.attrValues (config.systemd.tmpfiles.settings or { }))
    ++ lib.optional (config.boot.tmp.cleanOnBoot or false) "/tmp";
  # A pattern treats everything from its first special character on.
  plain = rule: lib.head (builtins.match "([^*?[]*).*" rule);
  treats =
    path: rule:
    let
      start = plain (lib.removeSuffix "/" rule);
    in
    if start == lib.removeSuffix "/" rule then under start path else lib.hasPrefix start path;
in
{
  afterTmpfiles = lib.filter (
    path: !lib.elem path onMounts && lib.any (treats path) rules
  ) paths;

  # The mount points, and what lies on each.
  afterMounts = lib.groupBy (path: (placeOf path).where) onMounts;
}
