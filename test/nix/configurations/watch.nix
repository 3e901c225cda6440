# The agent stays, and says how it is.
{
  services.openssh.enable = true;
  sops.defaultSopsFile = ../vectors/secrets.yaml;
  sops.agent.watch = true;
  sops.agent.metricsFile = "/var/lib/node-exporter/hostseal.prom";
  sops.agent.statusFile = "/run/hostseal/status.json";
  sops.agent.metricsNames = true;
  sops.secrets.wifi = { };
}
