# Units by choice, as hosts have it whose keys are mounted late, and passwords where an activation script makes the users.
{
  services.openssh.enable = true;
  users.users.alice = {
    isNormalUser = true;
    group = "users";
    hashedPasswordFile = "/run/secrets-for-users/alice-password";
  };
  sops.useSystemdActivation = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.age.keyFile = "/var/lib/sops-nix/key.txt";
  sops.age.generateKey = true;
  sops.secrets.alice-password.neededForUsers = true;
  sops.secrets.wifi = { };
}
