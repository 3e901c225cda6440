# Private keys on file systems that are mounted after some of the secrets are installed. Units wait for the file systems
# of the keys; scripts, and what has to come before users, cannot.
{
  config,
  lib,
  cfg,
  phases,
  timing,
}:
let
  inherit (import ./keys.nix { inherit lib cfg; }) age;
  inherit (import ./file-systems.nix { inherit lib; }) neededForBoot;
  early = import ./early.nix { inherit config lib cfg; };
  under =
    directory: path: directory == "/" || path == directory || lib.hasPrefix "${directory}/" path;
  fileSystemOf =
    path:
    lib.head (
      lib.sort (a: b: lib.stringLength a.mountPoint > lib.stringLength b.mountPoint) (
        lib.filter (fs: under fs.mountPoint path) (
          lib.attrValues (config.fileSystems or { })
          # A mount unit is early enough for other units if it does not wait for what comes after them.
          ++ map (mount: {
            mountPoint = mount.where;
            neededForBoot = early.isEarly mount && !byScript;
          }) early.mounts
        )
        ++ [
          {
            mountPoint = "/";
            neededForBoot = true;
          }
        ]
      )
    );
  isEarly =
    phases.users.active || timing.byScripts.regular || timing.mountsToComeBefore != [ ];
  byScript = timing.byScript phases;
  late = lib.optionals isEarly (lib.filter (path: !neededForBoot (fileSystemOf path)) age);
  writeNeeded = "Write: ${
    lib.concatMapStringsSep "\n  " (mountPoint: "fileSystems.\"${mountPoint}\".neededForBoot = true;") (
      lib.unique (map (path: (fileSystemOf path).mountPoint) late)
    )
  }";
in
{
  inherit late byScript;

  # Of the SSH keys one that is there is enough; without the key file a script installs nothing at all.
  isFatal = late != [ ] && (late == age || byScript && lib.elem cfg.age.keyFile late);

  # Which secrets cannot wait.
  whose =
    if phases.users.active then
      "The secrets that are neededForUsers (${lib.concatStringsSep ", " (lib.attrNames phases.users.secrets)})"
    else if timing.byScripts.regular then
      "The activation script setupSecrets"
    else
      "The unit that comes before the mount of ${lib.concatStringsSep ", " timing.mountsToComeBefore}";

  # A file system that is mounted with a secret is not mounted before it.
  write =
    if late != [ ] && !phases.users.active && !timing.byScripts.regular then
      "Copy the key to the root file system, and write: sops.age.keyFile = \"/var/lib/sops-nix/key.txt\";"
    else
      writeNeeded;
}
