# Secrets that are wanted elsewhere: links, a real file, directories that have to be made for them.
{
  services.openssh.enable = true;
  users.users.alice = {
    isNormalUser = true;
    group = "users";
  };
  users.groups.users = { };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets = {
    wifi.path = "/etc/wpa/wifi";
    ssh = {
      key = "database/password";
      owner = "alice";
      path = "/home/alice/.ssh/id_ed25519";
      parentOwner = "alice";
      parentGroup = "users";
      parentMode = "0700";
    };
    real = {
      key = "database/password";
      path = "/run/app/password";
      symlink = false;
    };
    runtime = {
      key = "wifi";
      path = "/run/app/wifi";
    };
  };
}
