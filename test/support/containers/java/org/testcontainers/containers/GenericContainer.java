package org.testcontainers.containers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** Testcontainers without Docker: the image's command is the process of FAKE_CONTAINER_COMMAND, one argument a line. */
public class GenericContainer<Self extends GenericContainer<Self>> {
  private static final Pattern READY = Pattern.compile("\\{\"box\":\"http://[^:]+:(\\d+)\".*");
  private final Map<String, String> env = new HashMap<>();
  private Process process;
  private int exposed;
  private int mapped;

  public GenericContainer(DockerImageName image) {}

  @SuppressWarnings("unchecked")
  private Self self() {
    return (Self) this;
  }

  public Self withEnv(String name, String value) {
    env.put(name, value);
    return self();
  }

  public Self withExposedPorts(Integer... ports) {
    exposed = ports[0];
    return self();
  }

  public Self waitingFor(Wait.Strategy strategy) {
    return self();
  }

  public void start() {
    try {
      ProcessBuilder builder = new ProcessBuilder(System.getenv("FAKE_CONTAINER_COMMAND").split("\n"));
      builder.environment().putAll(env);
      process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
      Matcher line = READY.matcher(new BufferedReader(new InputStreamReader(process.getInputStream())).readLine());
      if (!line.matches()) throw new IllegalStateException("not ready");
      mapped = Integer.parseInt(line.group(1));
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
  }

  public String getHost() {
    return "localhost";
  }

  public Integer getMappedPort(int port) {
    if (port != exposed) throw new IllegalArgumentException("not exposed");
    return mapped;
  }

  public void stop() {
    process.destroy();
  }
}
