import com.box.sdkgen.box.jwtauth.BoxJWTAuth;
import com.box.sdkgen.box.jwtauth.JWTConfig;
import com.box.sdkgen.client.BoxClient;
import com.box.sdkgen.networking.baseurls.BaseUrls;

/** Lists the root folder of the Service Account; in a test of yours, LocalBox is a field with @AutoClose. */
public final class ListFolder {
  public static void main(String[] args) throws Exception {
    try (LocalBox box = new LocalBox()) {
      LocalBox.Enterprise enterprise = box.enterprise("list");
      String url = enterprise.url();
      BaseUrls urls =
          new BaseUrls.Builder().baseUrl(url).uploadUrl(url).oauth2Url(url + "/api/oauth2").build();
      BoxJWTAuth auth = new BoxJWTAuth(JWTConfig.fromConfigJsonString(enterprise.config()));
      BoxClient client = new BoxClient(auth).withCustomBaseUrls(urls);
      client.getFolders().getFolderItems("0").getEntries().forEach(System.out::println);
    }
  }
}
