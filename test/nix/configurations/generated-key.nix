# A key of its own that is made on first boot, a plugin, and a tmpfs.
{ pkgs, ... }:
{
  services.userborn.enable = true;
  fileSystems."/persist" = {
    fsType = "ext4";
    neededForBoot = true;
  };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.useTmpfs = true;
  sops.age.keyFile = "/persist/sops/key.txt";
  sops.age.generateKey = true;
  sops.age.plugins = [ pkgs.age-plugin-tpm ];
  sops.environment.TMPDIR = "/run";
  sops.secrets.wifi = { };
  sops.secrets.alice-password.neededForUsers = true;
}
