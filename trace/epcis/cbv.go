package epcis

import "strings"

// vocabulary is a list of the standard's words for one field.
type vocabulary struct {
	what   string            // for a person
	space  string            // namespace of the words' URIs
	urn    string            // namespace before CBV 2.0, empty where there was none
	banned []string          // where a URI must not be from: the word is written instead
	words  map[string]string // word to its URI
}

// The vocabularies of CBV 2.0, section 7, and the GS1 Web Vocabulary.
var (
	bizSteps = newVocabulary("a business step", "https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", cbvBanned, `
		accepting arriving assembling collecting commissioning consigning creating_class_instance
		cycle_counting decommissioning departing destroying disassembling dispensing encoding
		entering_exiting holding inspecting installing killing loading other packing picking receiving
		removing repackaging repairing replacing reserving retail_selling sampling sensor_reporting
		shipping staging_outbound stock_taking stocking storing transporting unloading unpacking
		void_shipping`)
	dispositions = newVocabulary("a disposition", "https://ref.gs1.org/cbv/Disp-", "urn:epcglobal:cbv:disp:", cbvBanned, `
		active available completeness_inferred completeness_verified conformant container_closed
		container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit
		inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement
		no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved
		retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown`)
	transactionTypes = newVocabulary("a business transaction type", "https://ref.gs1.org/cbv/BTT-", "urn:epcglobal:cbv:btt:", cbvBanned, `
		bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt`)
	partyTypes = newVocabulary("a source or destination type", "https://ref.gs1.org/cbv/SDT-", "urn:epcglobal:cbv:sdt:", cbvBanned, `
		location owning_party possessing_party`)
	errorReasons = newVocabulary("an error reason", "https://ref.gs1.org/cbv/ER-", "urn:epcglobal:cbv:er:", cbvBanned, `
		did_not_occur incorrect_data`)
	components = newVocabulary("a component", "https://ref.gs1.org/cbv/Comp-", "", cbvBanned, `
		altitude axial_distance azimuth easting elevation_angle height latitude longitude northing
		polar_angle spherical_radius x y z`)
	alertTypes = newVocabulary("a sensor alert", "https://gs1.org/voc/", "", vocBanned, `
		ALARM_CONDITION ERROR_CONDITION`)
	measurementTypes = newVocabulary("a measurement type", "https://gs1.org/voc/", "", vocBanned, `
		AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
		AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area
		Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent
		DoseEquivalentRate DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity
		ElectricFieldStrength Energy Exposure Force Frequency Illuminance Inductance Irradiance
		KinematicViscosity Length LinearMomentum Luminance LuminousFlux LuminousIntensity MagneticFlux
		MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
		MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power
		Pressure RadiantFlux RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity
		SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage
		Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber`)
)

var (
	cbvBanned = []string{"urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"}
	vocBanned = []string{"https://gs1.org/voc/", "http://gs1.org/voc/", "https://www.gs1.org/voc/", "http://www.gs1.org/voc/"}
)

func newVocabulary(what, space, urn string, banned []string, words string) *vocabulary {
	v := &vocabulary{what, space, urn, banned, map[string]string{}}
	for word := range strings.FieldsSeq(words) {
		v.words[word] = space + word
	}
	return v
}

// read gives the bare word of the standard, or the URI in full of another
// vocabulary. problem is what is wrong, or empty.
func (v *vocabulary) read(s string, t terms) (word, problem string) {
	if _, ok := v.words[s]; ok {
		return s, ""
	}
	if word, ok := v.bare(s); ok && v.urn != "" {
		return word, ""
	}
	for _, space := range v.banned {
		if strings.HasPrefix(s, space) {
			return "", "is not the bare word that names " + v.what + " of the standard"
		}
	}
	if !isURI(s) {
		return "", "is neither " + v.what + " of the standard nor a URI"
	}
	full := t.expand(s)
	if word, ok := v.bare(full); ok {
		return word, ""
	}
	return full, ""
}

// bare finds the word that a URI in full stands for.
func (v *vocabulary) bare(uri string) (string, bool) {
	word, ok := strings.CutPrefix(uri, v.space)
	if !ok && v.urn != "" {
		word, ok = strings.CutPrefix(uri, v.urn)
	}
	if ok {
		_, ok = v.words[word]
	}
	return word, ok
}

// uri is how the event hash writes what read gives.
func (v *vocabulary) uri(s string, t terms) string {
	if uri, ok := v.words[s]; ok {
		return uri
	}
	s = t.expand(s)
	if word, ok := v.bare(s); ok {
		return v.words[word]
	}
	return s
}

// cbvURNs are the namespaces that the event hash writes anew wherever they occur.
var cbvURNs = []*vocabulary{bizSteps, dispositions, transactionTypes, partyTypes, errorReasons}
