# Assertions about private keys: that there are some, that they are there in time, and that they are no secrets.
{
  config,
  lib,
  cfg,
  phases,
  timing,
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

  inherit
    (import ./late-keys.nix {
      inherit
        config
        lib
        cfg
        phases
        timing
        ;
    })
    isFatal
    late
    whose
    write
    ;
in
unless (cfg.secrets == { } || cfg.standIn || gnupg || age != [ ]) ''
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
  let
    secret = secretAt path;
  in
  unless (secret == null || !isNeeded path) ''
    ${path} is the secret "${secret.name}", and at the same time a key that opens the secrets.
    Remove it from sops.age.sshKeyPaths and sops.age.keyFile, or write: sops.secrets.${lib.strings.escapeNixIdentifier secret.name}.path = "/another/place";
  ''
) age
++ unless (!isFatal) ''
  ${whose} cannot wait for the keys: ${lib.concatStringsSep ", " late} ${
    if lib.length late == 1 then "is" else "are"
  } on a file system that is mounted later.
  ${write}
''
