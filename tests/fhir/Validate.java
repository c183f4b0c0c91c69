import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.Questionnaire;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * Validates FHIR R4 resources with HL7's validator, offline. A response is also compared with its questionnaire if that
 * is one of the files.
 *
 * <p>Prints a line for each message and exits with 1 if one of them is an error.
 */
final class Validate {
  public static void main(String[] files) throws Exception {
    FhirContext context = FhirContext.forR4();
    Questionnaires questionnaires = new Questionnaires(context);
    for (String file : files) {
      questionnaires.add(Files.readString(Path.of(file)));
    }
    ValidationSupportChain support =
        new ValidationSupportChain(
            questionnaires,
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context));
    FhirValidator validator =
        context.newValidator().registerValidatorModule(new FhirInstanceValidator(support));
    boolean isValid = true;
    for (String file : files) {
      for (var message : validator.validateWithResult(Files.readString(Path.of(file))).getMessages()) {
        isValid &= message.getSeverity().compareTo(ResultSeverityEnum.ERROR) < 0;
        System.out.printf(
            "%s %s %s: %s%n",
            message.getSeverity(),
            Path.of(file).getFileName(),
            message.getLocationString(),
            message.getMessage());
      }
    }
    System.exit(isValid ? 0 : 1);
  }

  /** The questionnaires among the files, by their URL with and without version. */
  private static final class Questionnaires extends PrePopulatedValidationSupport {
    private final Map<String, Questionnaire> byUrl = new HashMap<>();
    private final Map<String, CodeSystem> fragments = new HashMap<>();

    Questionnaires(FhirContext context) {
      super(context);
    }

    void add(String text) {
      if (!(getFhirContext().newJsonParser().parseResource(text) instanceof Questionnaire form)) {
        return;
      }
      byUrl.put(form.getUrl(), form);
      byUrl.put(form.getUrl() + "|" + form.getVersion(), form);
      for (Resource resource : form.getContained()) {
        if (resource instanceof ValueSet set) {
          addValueSet(set);
          set.getCompose().getInclude().forEach(this::addCodes);
        }
      }
    }

    /** LOINC is not available offline. Of its codes, those that a value set lists are known. */
    private void addCodes(ValueSet.ConceptSetComponent include) {
      CodeSystem fragment =
          fragments.computeIfAbsent(
              include.getSystem(),
              url -> {
                CodeSystem system = new CodeSystem();
                system.setUrl(url).setContent(CodeSystem.CodeSystemContentMode.FRAGMENT);
                addCodeSystem(system);
                return system;
              });
      for (var concept : include.getConcept()) {
        if (fragment.getConcept().stream().noneMatch(known -> known.getCode().equals(concept.getCode()))) {
          fragment.addConcept().setCode(concept.getCode()).setDisplay(concept.getDisplay());
        }
      }
    }

    @Override
    public <T extends IBaseResource> T fetchResource(Class<T> type, String url) {
      Questionnaire form = type.isAssignableFrom(Questionnaire.class) ? byUrl.get(url) : null;
      return form == null ? super.fetchResource(type, url) : type.cast(form);
    }
  }
}
