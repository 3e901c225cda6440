# Passwords where userborn makes the users: everything is done by units.
{
  services.openssh.enable = true;
  services.userborn.enable = true;
  users.users.alice = {
    isNormalUser = true;
    group = "users";
    hashedPasswordFile = "/run/secrets-for-users/alice-password";
  };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.secrets.alice-password.neededForUsers = true;
  sops.secrets.wifi = { };
}
