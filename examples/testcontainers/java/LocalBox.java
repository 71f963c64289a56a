import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.UUID;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** The local Box as a container; docs/image.md describes it. Jackson comes with Box's Java SDK. */
public final class LocalBox implements AutoCloseable {
  private static final String IMAGE =
      System.getenv().getOrDefault("BOX_IMAGE", "ghcr.io/OWNER/box-sts-box:0.1.0");

  /** An enterprise of its own: its URL, and the config.json of its app for JWTConfig.fromConfigJsonString. */
  public record Enterprise(String url, String config) {}

  private final String token = UUID.randomUUID().toString();
  private final HttpClient client = HttpClient.newHttpClient();
  private final GenericContainer<?> container =
      new GenericContainer<>(DockerImageName.parse(IMAGE))
          .withEnv("BOX_STS_CONTROL_TOKEN", token)
          .withExposedPorts(8702)
          .waitingFor(Wait.forHealthcheck());

  public LocalBox() {
    container.start();
  }

  public String url() {
    return "http://" + container.getHost() + ":" + container.getMappedPort(8702);
  }

  public Enterprise enterprise(String name) throws IOException, InterruptedException {
    JsonNode opened = control(url(), "enterprises", "name=" + name);
    return new Enterprise(opened.path("url").asText(), opened.path("config").toString());
  }

  /** POST /_sandbox/PATH: faults, clock, reset, of the enterprise at this URL. */
  public JsonNode control(String base, String path, String form) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + "/_sandbox/" + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) throw new IOException(path + ": " + response.body());
    return new ObjectMapper().readTree(response.body());
  }

  @Override
  public void close() {
    container.stop();
  }
}
