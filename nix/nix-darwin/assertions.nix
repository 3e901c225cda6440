# What is refused while a Mac is evaluated. Each text names the line to write.
{ lib, cfg }:
let
  unless =
    condition: message:
    lib.optional (!condition) {
      assertion = false;
      inherit message;
    };
  option = kind: name: "sops.${kind}.${lib.strings.escapeNixIdentifier name}";
  owners =
    kind: name: entry:
    unless (entry.owner == null || entry.uid == null || entry.uid == 0) ''
      In ${name} exactly one of sops.owner and sops.uid must be set
      Write: ${option kind name}.owner = null;
    ''
    ++ unless (entry.group == null || entry.gid == null || entry.gid == 0) ''
      In ${name} exactly one of sops.group and sops.gid must be set
      Write: ${option kind name}.group = null;
    '';
  forEach = entries: check: lib.concatLists (lib.mapAttrsToList check entries);
in
unless
  (
    cfg.standIn
    || cfg.gnupg.home != null
    || cfg.gnupg.sshKeyPaths != [ ]
    || cfg.age.keyFile != null
    || cfg.age.sshKeyPaths != [ ]
  )
  ''
    No key source configured for sops. Either set services.openssh.enable or set sops.age.keyFile or sops.gnupg.home
    Write: sops.age.sshKeyPaths = [ "/etc/ssh/ssh_host_ed25519_key" ];
  ''
++ unless (!(cfg.gnupg.home != null && cfg.gnupg.sshKeyPaths != [ ])) ''
  Exactly one of sops.gnupg.home and sops.gnupg.sshKeyPaths must be set
  Write: sops.gnupg.sshKeyPaths = [ ];
''
++ forEach cfg.secrets (owners "secrets")
++ forEach cfg.templates (owners "templates")
++
  map
    (message: {
      assertion = false;
      inherit message;
    })
    (import ../sops/file-names.nix { inherit lib; } {
      secrets = lib.filterAttrs (_: secret: !secret.neededForUsers) cfg.secrets;
      inherit (cfg) templates;
    }).refusals
