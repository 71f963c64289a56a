/** Opens an enterprise and prints its URL, and whether its config is one. */
public final class Enterprise {
  public static void main(String[] args) throws Exception {
    try (LocalBox box = new LocalBox()) {
      LocalBox.Enterprise enterprise = box.enterprise("java");
      box.control(enterprise.url(), "faults", "fault=server-error");
      System.out.println(enterprise.url().replace(box.url(), "") + " " + enterprise.config().startsWith("{\"boxAppSettings\":"));
    }
  }
}
