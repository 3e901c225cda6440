# Links and file systems as sops-nix knows them.
{
  services.openssh.enable = true;
  services.openssh.hostKeys = [
    {
      type = "ed25519";
      path = "/persist/etc/ssh/ssh_host_ed25519_key";
    }
  ];
  services.userborn.enable = true;
  fileSystems."/persist" = {
    fsType = "ext4";
    neededForBoot = true;
  };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.useTmpfs = true;
  sops.secrets.wifi.path = "/etc/wpa/wifi";
  sops.secrets."database/password".sopsFile = ../vectors/secrets.yaml;
}
