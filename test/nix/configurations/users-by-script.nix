# Passwords where an activation script makes the users: scripts do everything, and the units are there by name.
{
  services.openssh.enable = true;
  users.users.alice = {
    isNormalUser = true;
    group = "users";
    hashedPasswordFile = "/run/secrets-for-users/alice-password";
  };
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.environment.HOME = "/root";
  sops.secrets.alice-password.neededForUsers = true;
  sops.secrets.wifi = { };
  # As clan's tests do.
  system.activationScripts.age-key.text = "# age-key";
  system.activationScripts.setupSecrets.deps = [ "age-key" ];
}
