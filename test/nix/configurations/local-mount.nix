# A local file system is mounted with a secret, on a host whose users are made by a unit.
{
  systemd.sysusers.enable = true;
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.wifi = { };
  fileSystems."/srv/wifi" = {
    device = "/run/secrets/wifi";
    fsType = "none";
    options = [
      "bind"
      "x-password=/run/secrets/wifi"
    ];
  };
}
