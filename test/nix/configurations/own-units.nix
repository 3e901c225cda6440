# What people add to the unit: settings of their own.
{
  services.userborn.enable = true;
  systemd.services.sops-install-secrets = {
    description = "Install sops-nix secrets";
    serviceConfig.TimeoutStartSec = "1h";
    serviceConfig.ProtectHome = "read-only";
  };
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.secrets.wifi.sopsFile = ../vectors/secrets.yaml;
}
