# A Mac as sops-nix knows it.
{ config, ... }:
{
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.age.generateKey = true;
  sops.secrets.wifi = { };
  sops.secrets.alice-password = {
    neededForUsers = true;
    group = "root";
  };
  sops.templates.app.content = config.sops.placeholder.wifi;
}
