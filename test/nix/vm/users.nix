# A password is there before users are made, by units and by scripts.
let
  machine = {
    imports = [ ./machine.nix ];
    users.mutableUsers = false;
    users.users.alice = {
      isNormalUser = true;
      hashedPasswordFile = "/run/secrets-for-users/alice-password";
    };
    sops.secrets.alice-password.neededForUsers = true;
    sops.secrets.wifi.owner = "alice";
  };
in
{
  name = "hostseal-users";

  nodes.units = {
    imports = [ machine ];
    services.userborn.enable = true;
  };
  nodes.scripts = {
    imports = [ machine ];
    services.userborn.enable = false;
  };

  testScript = ''
    for machine in [units, scripts]:
        machine.wait_for_unit("multi-user.target")
        assert "$6$CANARY$alice" in machine.succeed("getent shadow alice")
        assert machine.succeed("stat -Lc %U /run/secrets/wifi").strip() == "alice"
        assert machine.succeed("stat -Lc '%U %a' /run/secrets-for-users/alice-password").strip() == "root 400"
    units.succeed("systemctl is-active sops-install-secrets-for-users.service")
    scripts.fail("systemctl is-active sops-install-secrets-for-users.service")
  '';
}
