# What people add to the unit: an order behind sysinit.target, a program that fetches the key, and settings of their own.
{
  services.userborn.enable = true;
  systemd.sockets.pcscd = { };
  systemd.services.fetch-key.serviceConfig.ExecStart = "/bin/true";
  systemd.services.sops-install-secrets = {
    description = "Install sops-nix secrets";
    after = [
      "pcscd.socket"
      "fetch-key.service"
      "systemd-tmpfiles-setup.service"
    ];
    wants = [ "pcscd.socket" ];
    serviceConfig.TimeoutStartSec = "1h";
    serviceConfig.ProtectHome = "read-only";
  };
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.secrets.wifi.sopsFile = ../vectors/secrets.yaml;
}
