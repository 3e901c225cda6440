# The resident agent answers a reload, and puts back what was tampered with.
{
  name = "hostseal-watch";

  nodes.machine = {
    imports = [ ./machine.nix ];
    sops.agent.watch = true;
    sops.secrets.wifi = { };
  };

  testScript = ''
    machine.wait_for_unit("hostseal-agent.service")
    machine.succeed("systemctl reload hostseal-agent.service")
    machine.succeed("echo tampered > $(readlink -f /run/secrets/wifi)")
    machine.wait_until_succeeds("grep -qx 'CANARY wifi' /run/secrets/wifi")
  '';
}
