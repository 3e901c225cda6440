# Assertions about private keys: that there are some, that they are there in time, and that they are no secrets.
{
  config,
  lib,
  cfg,
  phases,
  byUnit,
}:
let
  unless =
    condition: message:
    lib.optional (!condition) {
      assertion = false;
      inherit message;
    };

  inherit (import ./keys.nix { inherit lib cfg; }) age isNeeded secretAt;
  hostKeys = lib.optionals config.services.openssh.enable (
    map (key: toString key.path) config.services.openssh.hostKeys
  );
  gnupg = cfg.gnupg.home != null || cfg.gnupg.sshKeyPaths != [ ];

  neededForBoot = import ./needed-for-boot.nix { inherit lib; };
  under =
    directory: path: directory == "/" || path == directory || lib.hasPrefix "${directory}/" path;
  fileSystemOf =
    path:
    lib.head (
      lib.sort (a: b: lib.stringLength a.mountPoint > lib.stringLength b.mountPoint) (
        lib.filter (fs: under fs.mountPoint path) (lib.attrValues (config.fileSystems or { }))
        ++ [
          {
            mountPoint = "/";
            neededForBoot = true;
          }
        ]
      )
    );
  late = lib.filter (path: !neededForBoot (fileSystemOf path)) age;
  # Units wait for the file systems of the keys. Scripts and what has to come before users cannot.
  early = phases.users.active || !byUnit.regular;
in
unless (cfg.secrets == { } || gnupg || age != [ ]) ''
  No key source configured for sops. Either set services.openssh.enable or set sops.age.keyFile or sops.gnupg.home
  Write: sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
''
++ lib.concatMap (
  path:
  unless (gnupg || age != [ ]) ''
    The host key ${path} is the secret "${(secretAt path).name}", so it cannot open the secrets, and no other key is there.
    Write: sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  ''
) (lib.filter (path: secretAt path != null) hostKeys)
++ unless (!(cfg.gnupg.home != null && cfg.gnupg.sshKeyPaths != [ ])) ''
  Exactly one of sops.gnupg.home and sops.gnupg.sshKeyPaths must be set
  Write: sops.gnupg.sshKeyPaths = [ ];
''
++ lib.concatMap (
  path:
  unless (!lib.path.hasStorePathPrefix (/. + builtins.unsafeDiscardStringContext path)) ''
    sops.age.sshKeyPaths names ${path}: a private key in the Nix store can be read by everyone.
    Copy it to the machine, and write: sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
  ''
) (map toString cfg.age.sshKeyPaths)
++ lib.concatMap (
  path:
  let
    secret = secretAt path;
  in
  unless (secret == null || !isNeeded path) ''
    ${path} is the secret "${secret.name}", and at the same time a key that opens the secrets.
    Remove it from sops.age.sshKeyPaths and sops.age.keyFile, or write: sops.secrets.${lib.strings.escapeNixIdentifier secret.name}.path = "/another/place";
  ''
) age
++ unless (early && late != [ ] -> late != age) ''
  ${
    if phases.users.active then
      "The secrets that are neededForUsers (${lib.concatStringsSep ", " (lib.attrNames phases.users.secrets)})"
    else
      "The activation script setupSecrets"
  } cannot wait for the keys: ${lib.concatStringsSep ", " late} ${
    if lib.length late == 1 then "is" else "are"
  } on a file system that is mounted later.
  Write: ${
    lib.concatMapStringsSep "\n  " (mountPoint: "fileSystems.\"${mountPoint}\".neededForBoot = true;") (
      lib.unique (map (path: (fileSystemOf path).mountPoint) late)
    )
  }
''
