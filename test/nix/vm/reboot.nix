# Nothing is left after a reboot but what is installed anew.
{
  name = "hostseal-reboot";

  nodes.machine = {
    imports = [ ./machine.nix ];
    sops.secrets.wifi = { };
  };

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed("touch /run/secrets.d/1/left")
    machine.reboot()
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("ls /run/secrets.d").split() == ["1"]
    assert machine.succeed("ls /run/secrets/").split() == ["wifi"]
    machine.fail("grep -rl CANARY /var /etc /tmp")
  '';
}
