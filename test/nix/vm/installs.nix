# A secret is there, as its owner wants it, before services start, and nowhere on a disk.
{
  name = "hostseal-installs";

  nodes.machine = {
    imports = [ ./machine.nix ];
    users.users.alice.isNormalUser = true;
    sops.secrets.wifi = {
      owner = "alice";
      mode = "0440";
    };
    sops.secrets."database/port" = { };
    systemd.services.early = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      serviceConfig.ExecStart = "/run/current-system/sw/bin/cp /run/secrets/wifi /run/seen";
    };
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("cat /run/secrets/wifi") == "CANARY wifi"
    assert machine.succeed("cat /run/secrets/database/port") == "5432"
    assert machine.succeed("stat -Lc '%U %G %a' /run/secrets/wifi").strip() == "alice users 440"
    assert machine.succeed("stat -fc %T /run/secrets.d").strip() in ["ramfs", "tmpfs"]
    assert machine.succeed("cat /run/seen") == "CANARY wifi"
    machine.succeed("systemctl is-active sops-secrets.target")
    machine.fail("grep -rl CANARY /nix/store/*manifest* /tmp /var/tmp /etc")
    machine.fail("grep -rl AGE-SECRET-KEY- /run/secrets.d")
  '';
}
