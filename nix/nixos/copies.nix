# Copies (`symlink = false`) that would lie on a disk: the agent makes none there.
{ config, lib, cfg }:
let
  under = directory: path: directory == "/" || path == directory || lib.hasPrefix "${directory}/" path;
  memory = type: lib.elem type [ "tmpfs" "ramfs" ];
  declared =
    map (fs: {
      where = fs.mountPoint;
      isMemory = memory (fs.fsType or "");
    }) (lib.attrValues (config.fileSystems or { }))
    ++ map (mount: {
      inherit (mount) where;
      isMemory = memory mount.type;
    }) config.systemd.mounts;
  # What systemd and NixOS mount by themselves.
  usual = map (where: {
    inherit where;
    isMemory = true;
  }) ([ "/run" "/var/run" "/dev" ] ++ lib.optional (config.boot.tmp.useTmpfs or false) "/tmp");
  onDisk =
    path:
    let
      places = lib.filter (place: under place.where path) (usual ++ declared);
      nearest = lib.foldl' (
        best: place: if best == null || lib.stringLength place.where >= lib.stringLength best.where then place else best
      ) null places;
    in
    nearest == null || !nearest.isMemory;
  warn =
    kind:
    lib.mapAttrsToList (
      name: entry:
      lib.optional (!entry.symlink && onDisk entry.path) ''
        sops.${kind}.${lib.strings.escapeNixIdentifier name} is a copy at ${entry.path}, which lies on a disk: none is made there.
        Write: sops.${kind}.${lib.strings.escapeNixIdentifier name}.symlink = true;
        Or a path below /run.
      ''
    );
in
lib.concatLists (warn "secrets" cfg.secrets ++ warn "templates" cfg.templates)
