# A Mac that takes its secrets from a repository.
{
  networking.hostName = "web";
  sops.repository.path = ../vectors/repository;
}
