# What is refused while a home is evaluated. Each text names the line to write.
{ lib, cfg }:
let
  unless =
    condition: message:
    lib.optional (!condition) {
      assertion = false;
      inherit message;
    };
  gnupg = [
    (cfg.gnupg.home != null)
    (cfg.gnupg.sshKeyPaths != [ ])
    cfg.gnupg.qubes-split-gpg.enable
  ];
  domain = cfg.gnupg.qubes-split-gpg.domain;
in
unless (cfg.standIn || lib.any lib.id gnupg || cfg.age.keyFile != null || cfg.age.sshKeyPaths != [ ]) ''
  No key source configured for sops. Either set services.openssh.enable or set sops.age.keyFile or sops.gnupg.home or sops.gnupg.qubes-split-gpg.enable
  Write: sops.age.keyFile = "''${config.xdg.configHome}/sops/age/keys.txt";
''
++ unless (lib.count lib.id gnupg <= 1) ''
  Exactly one of sops.gnupg.home, sops.gnupg.qubes-split-gpg.enable and sops.gnupg.sshKeyPaths must be set
''
++ unless (cfg.gnupg.qubes-split-gpg.enable -> domain != null && domain != "") ''
  sops.gnupg.qubes-split-gpg.domain is required when sops.gnupg.qubes-split-gpg.enable is set to true
  Write: sops.gnupg.qubes-split-gpg.domain = "vault-gpg";
''
++ map (message: {
  assertion = false;
  inherit message;
}) (import ../sops/file-names.nix { inherit lib; } { inherit (cfg) secrets templates; }).refusals
