# A changed secret restarts the unit that names it, after the new value is there; an unchanged one restarts nothing.
{
  name = "hostseal-restarts";

  nodes.machine =
    { lib, ... }:
    {
      imports = [ ./machine.nix ];
      sops.secrets.password = {
        key = lib.mkDefault "wifi";
        restartUnits = [ "app.service" ];
      };
      systemd.services.app = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.Type = "oneshot";
        serviceConfig.RemainAfterExit = true;
        serviceConfig.ExecStart = "/run/current-system/sw/bin/cp /run/secrets/password /run/seen";
      };
      specialisation.changed.configuration.sops.secrets.password.key = "database/password";
    };

  testScript = ''
    switch = "/run/current-system/specialisation/changed/bin/switch-to-configuration test"
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("cat /run/seen") == "CANARY wifi"
    before = machine.succeed("systemctl show -P InvocationID app.service")
    machine.succeed("systemctl restart sops-install-secrets.service")
    assert machine.succeed("systemctl show -P InvocationID app.service") == before
    machine.succeed(switch)
    machine.wait_until_succeeds("grep -qx 'CANARY database' /run/seen")
    assert machine.succeed("systemctl show -P InvocationID app.service") != before
  '';
}
