# A template with no secret beside it is rendered all the same.
{
  services.openssh.enable = true;
  sops.templates.motd.content = "nothing secret";
}
