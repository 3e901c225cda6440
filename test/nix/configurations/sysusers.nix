# Passwords where systemd-sysusers makes the users.
{
  services.openssh.enable = true;
  systemd.sysusers.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.alice-password.neededForUsers = true;
}
